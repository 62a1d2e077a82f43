import type { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../main/certificates/index.ts';
import type { WriteRequest } from '../../main/clouds/ports.ts';
import type { Payload } from '../../main/domain/payload.ts';
import { type CertificateIssuer, createIssuer, type IssuedCertificate } from '../clouds/kernel/certificate-chain.ts';
import { failureOf, patience } from '../conformance/outcome.ts';
import { type AwsBed, openAwsBed, owner, present, region, stepsOf, writing } from './aws-bed.ts';

const nameTag = 'certifyclouds:name';

function payloadOf({ pem }: IssuedCertificate): Payload {
  return { kind: 'certificate', bundle: readBundle({ contentType: 'application/x-pem-file', value: pem }) };
}
const printOf = ({ leaf }: IssuedCertificate) => leaf.fingerprint256.replaceAll(':', '').toLowerCase();

describe('AWS Certificate Manager', () => {
  let bed: AwsBed;
  let issuer: CertificateIssuer;
  let otherKeys: CertificateIssuer;
  let names = 0;
  beforeAll(async () => {
    [bed, issuer, otherKeys] = await Promise.all([openAwsBed(), createIssuer('P-256'), createIssuer('P-384')]);
  });
  afterEach(() => bed.tidy());
  afterAll(() => bed.close());

  const newName = () => `certifyclouds/site-${++names}`;
  const held = (arn: string) => bed.aws.certificates.get(region, arn);
  const asked = (name: string) => bed.desk.arrivals({ name }).length;
  const ours = (name: string, certificate: IssuedCertificate): WriteRequest =>
    writing({ name, payload: payloadOf(certificate), tags: { [owner]: 'r1', env: 'prod' } });

  test('imports leaf, chain and key with tags, and is found by name, by ARN and by its fingerprint', async () => {
    const target = await bed.open('acm');
    const certificate = await issuer.issue();
    const create = ours(newName(), certificate);
    expect(await target.inspect(create, patience())).toEqual({ kind: 'absent' });
    const { id, ...written } = await target.write(create, patience());
    expect(written).toEqual({ version: printOf(certificate), confirmed: true });
    expect(target.markerOf(create)).toBe(printOf(certificate));
    expect(held(id)?.tags).toEqual({ [owner]: 'r1', env: 'prod', [nameTag]: create.name, Name: create.name });
    expect(held(id)?.chain).toHaveLength(1);
    expect(held(id)?.keyAlgorithm).toBe('EC_prime256v1');
    const state = { kind: 'present', id, version: printOf(certificate), ownerRecordId: 'r1' };
    expect(await target.inspect(create, patience())).toEqual(state);
    // Another run, which knows nothing yet.
    const later = await bed.open('acm');
    expect(await later.inspect({ name: create.name }, patience())).toEqual(state);
    expect(await later.inspect({ name: create.name, id }, patience())).toEqual(state);
    // Its ARN leads to nothing, but there is one of that name.
    const gone = { name: create.name, id: `${id.slice(0, -4)}0000` };
    expect(await later.inspect(gone, patience())).toEqual(state);
  });

  test('a renewal keeps the ARN, and an unchanged certificate is never imported again', async () => {
    const target = await bed.open('acm');
    const name = newName();
    const { id, version } = await target.write(ours(name, await issuer.issue()), patience());
    const renewed = await issuer.issue();
    const update = writing({ name, id, mode: 'update', payload: payloadOf(renewed), replaces: version });
    expect(await target.write(update, patience())).toEqual({ id, version: printOf(renewed), confirmed: true });
    expect(held(id)).toMatchObject({ imports: 2, tags: { env: 'prod' } });
    expect(await target.write(update, patience())).toEqual({ id, version: printOf(renewed), confirmed: true });
    expect(held(id)?.imports).toBe(2);
    // The same certificate with another chain is not the same import.
    bed.aws.certificates.put(region, materialOf(renewed, [renewed.intermediate, renewed.root]), id);
    await target.write(update, patience());
    expect(held(id)).toMatchObject({ imports: 4 });
    expect(held(id)?.chain).toHaveLength(1);
  });

  test('what somebody else imported under the ARN is left alone until it was seen', async () => {
    const target = await bed.open('acm');
    const name = newName();
    const { id, version } = await target.write(ours(name, await issuer.issue()), patience());
    const theirs = await issuer.issue();
    bed.aws.certificates.put(region, materialOf(theirs, [theirs.intermediate]), id);
    const update = writing({ name, id, mode: 'update', payload: payloadOf(await issuer.issue()), replaces: version });
    expect(await failureOf(target.write(update, patience()))).toMatchObject({
      kind: 'conflict',
      code: 'target-changed',
    });
    expect(held(id)?.certificate).toContain(`${theirs.leaf}`.trim().split('\n')[1]);
    const seen = present(await target.inspect({ name, id }, patience())).version;
    expect(seen).toBe(printOf(theirs));
    expect((await target.write({ ...update, replaces: seen }, patience())).confirmed).toBe(true);
  });

  test('what ACM would refuse under the same ARN is refused before, with the rule and the way out', async () => {
    const target = await bed.open('acm');
    const name = newName();
    const { id, version } = await target.write(ours(name, await issuer.issue()), patience());
    const clientAuth = '1.3.6.1.5.5.7.3.2';
    for (const [certificate, words] of [
      [await otherKeys.issue(), /EC-P384.*EC-P256/],
      [await issuer.issue({ extendedKeyUsages: [clientAuth] }), /extended key usage/],
      [await issuer.issue({ commonName: 'other.example' }), /name/],
    ] as const) {
      bed.desk.clearArrivals();
      const update = writing({ name, id, mode: 'update', payload: payloadOf(certificate), replaces: version });
      const failure = await failureOf(target.write(update, patience()));
      expect(failure).toMatchObject({ kind: 'invalid' });
      expect(failure.sentence).toMatch(words);
      expect(failure.fix).not.toBe('');
      expect(asked('acm:ImportCertificate')).toBe(0);
    }
  });

  test('certificates that ACM takes from nobody are told before anything is sent', async () => {
    const target = await bed.open('acm');
    const codes = (payload: Payload) => target.validate('certifyclouds/a', payload).map(({ code }) => code);
    const now = bed.now();
    const day = 24 * 60 * 60 * 1000;
    const expired = await issuer.issue({ notBefore: new Date(now - 2 * day), notAfter: new Date(now - day) });
    const early = await issuer.issue({ notBefore: new Date(now + day) });
    expect(codes(payloadOf(await issuer.issue()))).toEqual([]);
    expect(codes(payloadOf(expired))).toHaveLength(1);
    expect(codes(payloadOf(early))).toHaveLength(1);
    const chainless = await issuer.issue();
    expect(codes(payloadOf({ ...chainless, pem: withoutChain(chainless) }))).toEqual(['certificate-chain']);
    expect(codes({ kind: 'text', text: 'no certificate' })).toEqual(['payload']);
    expect(target.validate('name?').map(({ code }) => code)).toEqual(['name']);
    expect(await failureOf(target.write(ours(newName(), expired), patience()))).toMatchObject({
      kind: 'invalid',
      code: 'certificate-refused',
    });
    const text = writing({ name: newName() });
    expect(await failureOf(target.write(text, patience()))).toMatchObject({ kind: 'invalid', code: 'target-payload' });
  });

  test('a create whose reply was lost is found, not made a second time', async () => {
    const target = await bed.open('acm');
    const create = ours(newName(), await issuer.issue());
    expect(await target.inspect(create, patience())).toEqual({ kind: 'absent' });
    const before = bed.aws.certificates.arns(region).length;
    bed.desk.addFault({ name: 'acm:ImportCertificate', fault: { kind: 'lose-reply' }, times: 1 });
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    expect(present(await target.inspect({ name: create.name }, patience())).version).toBe(target.markerOf(create));
    expect(await target.write(create, patience())).toMatchObject({ version: target.markerOf(create), confirmed: true });
    expect(bed.aws.certificates.arns(region)).toHaveLength(before + 1);
    // The same after the app was started anew, and without looking first.
    const lost = ours(newName(), await issuer.issue());
    bed.desk.addFault({ name: 'acm:ImportCertificate', fault: { kind: 'lose-reply' }, times: 1 });
    expect(await failureOf(target.write(lost, patience()))).toMatchObject({ kind: 'network' });
    const later = await bed.open('acm');
    expect(await later.write(lost, patience())).toMatchObject({ version: later.markerOf(lost) });
    expect(bed.aws.certificates.arns(region)).toHaveLength(before + 2);
    const update = { ...lost, mode: 'update' as const, payload: payloadOf(await issuer.issue()) };
    bed.desk.addFault({ name: 'acm:ImportCertificate', fault: { kind: 'lose-reply' }, times: 1 });
    expect(await failureOf(later.write(update, patience()))).toMatchObject({ kind: 'network' });
    expect(present(await later.inspect(lost, patience())).version).toBe(later.markerOf(update));
  });

  test('a create of unknown end is looked for anew before it is repeated, however late AWS lists it', async () => {
    const target = await bed.open('acm');
    const certificate = await issuer.issue();
    const create = ours(newName(), certificate);
    const refuse = (fault: Parameters<typeof bed.desk.addFault>[0]['fault']) =>
      bed.desk.addFault({ name: 'acm:ImportCertificate', fault, times: 1 });
    refuse({ kind: 'reset' });
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'network' });
    expect(await target.inspect(create, patience())).toEqual({ kind: 'absent' });
    // One that was surely refused says nothing of the one before it.
    refuse({ kind: 'throttle' });
    expect(await failureOf(target.write(create, patience()))).toMatchObject({ kind: 'throttled' });
    // The first one arrived after all.
    const arn = bed.aws.certificates.put(region, materialOf(certificate, [certificate.intermediate]));
    bed.aws.certificates.tag(region, arn, { ...create.tags, [nameTag]: create.name });
    expect(await target.write(create, patience())).toMatchObject({ id: arn, confirmed: true });
    // Found: from now on it is not asked for again.
    bed.desk.clearArrivals();
    expect(await target.inspect({ name: create.name }, patience())).toMatchObject({ kind: 'present', id: arn });
    expect(asked('acm:ListCertificates')).toBe(0);
  });

  test('the tag by which a name is found is not the source’s to set or take away', async () => {
    const target = await bed.open('acm');
    const create = ours(newName(), await issuer.issue());
    const tags = { ...create.tags, [nameTag]: 'certifyclouds/another', [`${nameTag} `]: 'x' };
    const { id } = await target.write({ ...create, tags }, patience());
    const marked = { [owner]: 'r1', env: 'prod', [nameTag]: create.name, Name: create.name };
    expect(held(id)?.tags).toEqual(marked);
    await target.tag(
      { name: create.name, id },
      { set: { [nameTag]: 'certifyclouds/another', a: 'b' }, remove: [] },
      patience(),
    );
    expect(held(id)?.tags).toEqual({ ...marked, a: 'b' });
    // Put right where it was lost or another's.
    bed.aws.certificates.tag(region, id, { [nameTag]: 'certifyclouds/another' });
    await target.tag({ name: create.name, id }, { set: {}, remove: [nameTag, `${nameTag} `, 'a'] }, patience());
    expect(held(id)?.tags).toEqual(marked);
  });

  test('a create does not make a namesake of what is another record’s, or another certificate', async () => {
    const target = await bed.open('acm');
    const certificate = await issuer.issue();
    const create = ours(newName(), certificate);
    const { id } = await target.write(create, patience());
    const later = await bed.open('acm');
    for (const other of [
      { ...create, tags: { [owner]: 'r2' } },
      { ...create, payload: payloadOf(await issuer.issue()) },
    ])
      expect(await failureOf(later.write(other, patience()))).toMatchObject({ code: 'target-exists' });
    expect(held(id)?.imports).toBe(1);
  });

  test('one that was deleted since it was listed is made anew, and found', async () => {
    const target = await bed.open('acm');
    const create = ours(newName(), await issuer.issue());
    const { id } = await target.write(create, patience());
    bed.aws.certificates.remove(region, id);
    const again = await target.write(create, patience());
    expect(again.id).not.toBe(id);
    expect(present(await target.inspect({ name: create.name }, patience())).id).toBe(again.id);
    bed.aws.certificates.remove(region, again.id);
    expect(await target.inspect({ name: create.name }, patience())).toEqual({ kind: 'absent' });
  });

  test('certificates are listed once for a run, and each one’s tags are asked for once', async () => {
    const target = await bed.open('acm');
    const wanted = Array.from({ length: 6 }, () => newName());
    const requests = await Promise.all(wanted.map(async (name) => ours(name, await issuer.issue())));
    bed.desk.clearArrivals();
    await Promise.all(wanted.map((name) => target.inspect({ name }, patience())));
    expect(asked('acm:ListCertificates')).toBe(1);
    expect(asked('acm:ListTagsForCertificate')).toBe(bed.aws.certificates.arns(region).length);
    for (const request of requests) await target.write(request, patience());
    expect(asked('acm:ListCertificates')).toBe(1);
    for (const name of wanted) expect(await target.inspect({ name }, patience())).toMatchObject({ kind: 'present' });
    expect(asked('acm:ListCertificates')).toBe(1);
  });

  test('whoever gives up waiting for the list takes nobody else with them', async () => {
    const target = await bed.open('acm');
    const hasty = new AbortController();
    bed.desk.clearArrivals();
    bed.desk.addFault({ name: 'acm:ListCertificates', fault: { kind: 'hang' }, times: 1 });
    const first = failureOf(target.inspect({ name: newName() }, hasty.signal));
    const second = target.inspect({ name: newName() }, patience());
    await bed.arrived('acm:ListCertificates');
    hasty.abort();
    expect(await first).toMatchObject({ kind: 'cancelled' });
    expect(await second).toEqual({ kind: 'absent' });
  });

  test('a list that failed on the way goes on where it was', async () => {
    const target = await bed.open('acm');
    bed.desk.clearArrivals();
    bed.desk.addFault({ name: 'acm:ListTagsForCertificate', fault: { kind: 'throttle' }, times: 1, after: 4 });
    const asking = () => target.inspect({ name: newName() }, patience());
    expect(await failureOf(asking())).toMatchObject({ kind: 'throttled' });
    expect(await asking()).toEqual({ kind: 'absent' });
    expect(asked('acm:ListTagsForCertificate')).toBeLessThan(2 * bed.aws.certificates.arns(region).length);
  });

  test('without the right to look nothing is created, but a known certificate is renewed', async () => {
    const target = await bed.open('acm');
    const create = ours(newName(), await issuer.issue());
    const { id } = await target.write(create, patience());
    const blind = await bed.open('acm', ['acm:ImportCertificate', 'acm:AddTagsToCertificate']);
    expect(await blind.inspect({ name: create.name, id }, patience())).toMatchObject({ kind: 'unreadable' });
    const second = ours(newName(), await issuer.issue());
    const refused = await failureOf(blind.write(second, patience()));
    expect(refused).toMatchObject({ kind: 'denied' });
    expect(refused.sentence).toContain('acm:ListCertificates');
    const update = writing({ name: create.name, id, mode: 'update', payload: payloadOf(await issuer.issue()) });
    expect(await blind.write(update, patience())).toMatchObject({ id, confirmed: true });
    // What cannot be compared before, ACM refuses itself.
    const other = { ...update, payload: payloadOf(await otherKeys.issue()) };
    const failure = await failureOf(blind.write(other, patience()));
    expect(failure).toMatchObject({ kind: 'invalid', code: 'certificate-refused' });
    expect(failure.sentence).toContain('key');
  });

  test('sets and removes tags, and keeps everybody else’s', async () => {
    const target = await bed.open('acm');
    const create = ours(newName(), await issuer.issue());
    const { id } = await target.write(create, patience());
    bed.aws.certificates.tag(region, id, { theirs: 'kept' });
    await target.tag(
      { name: create.name, id },
      { set: { [owner]: 'r2', added: '' }, remove: ['env', 'never'] },
      patience(),
    );
    const marks = { [nameTag]: create.name, Name: create.name };
    expect(held(id)?.tags).toEqual({ ...marks, [owner]: 'r2', added: '', theirs: 'kept' });
    await target.tag({ name: create.name }, { set: {}, remove: [owner] }, patience());
    expect(present(await target.inspect({ name: create.name, id }, patience())).ownerRecordId).toBeNull();
  });

  test('one in use is not deleted; what is gone is absent, and may be gone already', async () => {
    const target = await bed.open('acm');
    const create = ours(newName(), await issuer.issue());
    const { id } = await target.write(create, patience());
    const ref = { name: create.name, id };
    bed.aws.certificates.use(region, id, [`arn:aws:elasticloadbalancing:${region}:123456789012:loadbalancer/app/a/b`]);
    const failure = await failureOf(target.remove(ref, null, patience()));
    expect(failure).toMatchObject({ kind: 'conflict', code: 'target-in-use' });
    expect(failure.sentence).toContain('in use');
    bed.aws.certificates.use(region, id, []);
    await target.remove(ref, null, patience());
    await target.remove(ref, null, patience());
    expect(await target.inspect(ref, patience())).toEqual({ kind: 'absent' });
    expect(await failureOf(target.remove({ name: newName() }, null, patience()))).toMatchObject({
      code: 'target-missing',
    });
    const update = { ...create, id, mode: 'update' as const };
    expect(await failureOf(target.write(update, patience()))).toMatchObject({ code: 'target-missing' });
  });

  test('a used up quota is told in words', async () => {
    bed.aws.setCertificateQuota({ importsPerYear: 0 });
    try {
      const target = await bed.open('acm');
      const failure = await failureOf(target.write(ours(newName(), await issuer.issue()), patience()));
      expect(failure).toMatchObject({ kind: 'quota', code: 'aws-quota' });
      expect(failure.sentence).toContain('365 days');
    } finally {
      bed.aws.setCertificateQuota({ importsPerYear: 5000 });
    }
  });

  test('its test changes nothing, and names what is missing', async () => {
    const before = bed.aws.certificates.arns(region);
    const steps = await stepsOf(await bed.open('acm'));
    expect(steps.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'passed'));
    const looking = ['acm:ListCertificates', 'acm:GetCertificate', 'acm:ListTagsForCertificate'];
    const limited = await stepsOf(await bed.open('acm', looking));
    expect(limited.at(-1)).toMatchObject({ id: 'write', outcome: 'failed' });
    expect(limited.at(-1)?.sentence).toContain('acm:ImportCertificate');
    const none = await stepsOf(await bed.open('acm', ['acm:ImportCertificate']));
    expect(none.find(({ outcome }) => outcome === 'failed')).toMatchObject({ id: 'list' });
    expect(bed.aws.certificates.arns(region)).toEqual(before);
  });
});

function withoutChain({ privateKey, leaf }: IssuedCertificate): string {
  return `${privateKey.export({ format: 'pem', type: 'pkcs8' })}${leaf}`;
}

function materialOf({ leaf, privateKey }: IssuedCertificate, chain: readonly X509Certificate[]) {
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return { certificate: leaf.toString(), privateKey: key, chain: chain.join('') };
}
