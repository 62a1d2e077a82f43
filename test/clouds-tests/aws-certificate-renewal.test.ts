import {
  type ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  type ListCertificatesCommandInput,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
  type Tag,
} from '@aws-sdk/client-acm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Certificate, fingerprintOf, OpenSsl } from '../certificates/openssl.ts';
import { allowing, failureOf, startTestbed, type Testbed } from '../clouds/aws/testbed.ts';

const region = 'us-east-1';
const arnPrefix = `arn:aws:acm:${region}:123456789012:certificate/`;
const missingArn = `${arnPrefix}00000000-0000-4000-8000-000000000000`;

const made = OpenSsl.use((openssl) => {
  const key = openssl.key();
  const usages = (extensions: Record<string, string>) => openssl.certificate('use.example', { key, extensions });
  return {
    first: openssl.certificate('www.example', { key }),
    renewed: openssl.certificate('www.example', { key: openssl.key() }),
    more: openssl.certificate('other.example', {
      key,
      extensions: { subjectAltName: 'DNS:other.example,DNS:www.example' },
    }),
    elsewhere: openssl.certificate('elsewhere.example', { key }),
    larger: openssl.certificate('www.example', { key: openssl.key('EC-P384') }),
    lasting: openssl.certificate('lasting.example', { key, days: 800 }),
    rsa: openssl.certificate('rsa.example', { key: openssl.key('RSA-2048') }),
    plain: usages({}),
    signing: usages({ keyUsage: 'digitalSignature' }),
    enciphering: usages({ keyUsage: 'digitalSignature,keyEncipherment' }),
    agreeing: usages({ keyUsage: 'digitalSignature,keyAgreement' }),
    server: usages({ extendedKeyUsage: 'serverAuth' }),
    serverAndClient: usages({ extendedKeyUsage: 'serverAuth,clientAuth' }),
    signer: usages({ extendedKeyUsage: 'codeSigning' }),
  };
});

let bed: Testbed;
let client: ACMClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.acm();
});
afterAll(() => bed.close());

const pemOf = ({ pem: certificate, key }: Certificate) => ({ certificate, privateKey: key.pem });
const bodyOf = ({ pem, key }: Certificate) => ({ Certificate: Buffer.from(pem), PrivateKey: Buffer.from(key.pem) });
const importIt = (certificate: Certificate, more: { CertificateArn?: string; Tags?: Tag[] } = {}, by = client) =>
  by.send(new ImportCertificateCommand({ ...bodyOf(certificate), ...more }));
const held = (certificate: Certificate) => bed.aws.certificates.put(region, pemOf(certificate));

describe('a reimport', () => {
  test('keeps the ARN, the tags and what uses it, and tells when it was', async () => {
    const arn = held(made.first);
    bed.aws.certificates.tag(region, arn, { theirs: 'x' });
    bed.aws.certificates.use(region, arn, ['arn:aws:elasticloadbalancing:x']);
    const look = async () => (await client.send(new DescribeCertificateCommand({ CertificateArn: arn }))).Certificate;
    const before = await look();
    bed.desk.setClockOffset(60_000);
    expect((await importIt(made.renewed, { CertificateArn: arn })).CertificateArn).toBe(arn);
    const after = await look();
    bed.desk.setClockOffset(0);
    expect(after?.Serial).not.toBe(before?.Serial);
    expect((after?.ImportedAt?.getTime() ?? 0) - (before?.ImportedAt?.getTime() ?? 0)).toBeGreaterThanOrEqual(60_000);
    expect(after?.CreatedAt).toEqual(before?.CreatedAt);
    expect(after?.InUseBy).toEqual(['arn:aws:elasticloadbalancing:x']);
    const { Certificate: pem = '' } = await client.send(new GetCertificateCommand({ CertificateArn: arn }));
    expect(fingerprintOf(pem)).toBe(made.renewed.fingerprint);
    expect(bed.aws.certificates.get(region, arn)).toMatchObject({ tags: { theirs: 'x' }, imports: 2 });
  });

  test('must keep key type, one domain and the usages', async () => {
    const outcome = async (before: Certificate, after: Certificate) => {
      const arn = held(before);
      const failure = await importIt(after, { CertificateArn: arn }).then(
        () => undefined,
        () => failureOf(importIt(after, { CertificateArn: arn })),
      );
      const kept = fingerprintOf(bed.aws.certificates.get(region, arn)?.certificate ?? '');
      expect(kept).toBe((failure === undefined ? after : before).fingerprint);
      return failure?.message;
    };
    expect(await outcome(made.first, made.larger)).toMatch(/^The key type and size cannot be changed/);
    expect(await outcome(made.first, made.elsewhere)).toMatch(/^You cannot remove all of the domain names/);
    expect(await outcome(made.first, made.more)).toBeUndefined();
    expect(await outcome(made.plain, made.signing)).toMatch(/^You cannot add the Key Usage extension/);
    expect(await outcome(made.signing, made.agreeing)).toBeUndefined();
    expect(await outcome(made.agreeing, made.signing)).toBe('You cannot remove Key Usage values: KEY_AGREEMENT.');
    expect(await outcome(made.enciphering, made.signing)).toBeUndefined();
    expect(await outcome(made.plain, made.server)).toMatch(/^You cannot add the Extended Key Usage extension/);
    expect(await outcome(made.serverAndClient, made.server)).toBeUndefined();
    expect(await outcome(made.server, made.signer)).toBe(
      'You cannot remove Extended Key Usage values: 1.3.6.1.5.5.7.3.1.',
    );
  });

  test('is for an imported certificate that is there, and takes no tags', async () => {
    const issued = bed.aws.certificates.putIssued(region, pemOf(made.first));
    expect((await failureOf(importIt(made.renewed, { CertificateArn: issued }))).code).toBe('ValidationException');
    expect(await failureOf(importIt(made.renewed, { CertificateArn: missingArn }))).toEqual({
      code: 'ResourceNotFoundException',
      message: `Could not find certificate ${missingArn}.`,
      status: 400,
    });
    const again = { CertificateArn: held(made.first), Tags: [{ Key: 'a', Value: 'b' }] };
    expect(await failureOf(importIt(made.renewed, again))).toEqual({
      code: 'InvalidParameterException',
      message: 'You cannot apply resource tags when reimporting a certificate.',
      status: 400,
    });
    expect((await failureOf(importIt(made.first, { CertificateArn: 'no-arn-at-all-but-long' }))).code).toBe(
      'ValidationException',
    );
  });
});

describe('tags', () => {
  const list = async (CertificateArn: string) =>
    (await client.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags;

  test('come with the first import and by their own calls, with or without a value', async () => {
    const { CertificateArn = '' } = await importIt(made.first, { Tags: [{ Key: 'a', Value: '1' }, { Key: 'flag' }] });
    bed.aws.certificates.tag(region, CertificateArn, { theirs: 'x' });
    const add = (...Tags: Tag[]) => client.send(new AddTagsToCertificateCommand({ CertificateArn, Tags }));
    const remove = (...Tags: Tag[]) => client.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags }));
    await add({ Key: 'a', Value: '2' }, { Key: 'b', Value: '' });
    await remove({ Key: 'a', Value: '1' }, { Key: 'b' });
    expect(await list(CertificateArn)).toEqual([
      { Key: 'a', Value: '2' },
      { Key: 'flag' },
      { Key: 'theirs', Value: 'x' },
    ]);
    expect((await failureOf(add({ Key: 'aws:x', Value: '' }))).code).toBe('InvalidTagException');
    expect((await failureOf(add({ Key: 'a;b', Value: '' }))).code).toBe('ValidationException');
    const many = Array.from({ length: 48 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
    expect((await failureOf(add(...many))).code).toBe('TooManyTagsException');
    expect(await list(CertificateArn)).toHaveLength(3);
  });
});

describe('ListCertificates', () => {
  const at = 'eu-north-1';
  const inOrder = [made.rsa, made.first, made.larger];
  let arns: string[] = [];
  beforeAll(() => {
    arns = inOrder.map((certificate) => bed.aws.certificates.put(at, pemOf(certificate)));
  });
  const listIn = async (input: ListCertificatesCommandInput = {}) =>
    bed.acm(bed.admin, at).send(new ListCertificatesCommand(input));
  const found = async (input: ListCertificatesCommandInput = {}) =>
    (await listIn(input)).CertificateSummaryList?.map(({ CertificateArn }) => CertificateArn);
  const all = { keyTypes: ['RSA_2048', 'EC_prime256v1', 'EC_secp384r1'] } as const;
  const Includes = { keyTypes: [...all.keyTypes] };

  test('hides all key types but small RSA ones unless asked', async () => {
    expect(await found()).toEqual([arns[0]]);
    expect(await found({ Includes })).toEqual(arns);
    expect(await found({ Includes: { keyTypes: ['EC_secp384r1'] } })).toEqual([arns[2]]);
    const { CertificateSummaryList: [first] = [] } = await listIn();
    expect(first).toMatchObject({
      DomainName: 'rsa.example',
      SubjectAlternativeNameSummaries: ['rsa.example'],
      HasAdditionalSubjectAlternativeNames: false,
      Type: 'IMPORTED',
      Status: 'ISSUED',
      InUse: false,
    });
    expect(first?.ImportedAt).toBeInstanceOf(Date);
    expect(first?.NotAfter).toBeInstanceOf(Date);
  });

  test('filters by status, sorts and pages', async () => {
    expect(await found({ Includes, CertificateStatuses: ['EXPIRED'] })).toEqual([]);
    expect(await found({ Includes, SortBy: 'CREATED_AT', SortOrder: 'DESCENDING' })).toEqual(arns.toReversed());
    const first = await listIn({ Includes, MaxItems: 2 });
    expect(first.CertificateSummaryList).toHaveLength(2);
    expect(await found({ Includes, MaxItems: 2, ...(first.NextToken ? { NextToken: first.NextToken } : {}) })).toEqual([
      arns[2],
    ]);
    expect((await listIn({ Includes, MaxItems: 3 })).NextToken).toBeUndefined();
    expect((await failureOf(listIn({ NextToken: 'forged' }))).code).toBe('InvalidArgsException');
    expect((await failureOf(listIn({ MaxItems: 1001 }))).code).toBe('ValidationException');
  });
});

describe('deletion', () => {
  const remove = (CertificateArn: string) => client.send(new DeleteCertificateCommand({ CertificateArn }));

  test('is for good, and not for what is in use', async () => {
    const arn = held(made.first);
    bed.aws.certificates.use(region, arn, ['arn:aws:elasticloadbalancing:x']);
    expect((await failureOf(remove(arn))).code).toBe('ResourceInUseException');
    bed.aws.certificates.use(region, arn, []);
    await remove(arn);
    expect((await failureOf(remove(arn))).code).toBe('ResourceNotFoundException');
    expect(bed.aws.certificates.arns(region)).not.toContain(arn);
  });
});

describe('quotas', () => {
  const at = 'eu-south-1';
  const full = {
    code: 'LimitExceededException',
    message:
      'You have reached the maximum number of certificates. Delete certificates that are not in use, or contact AWS Support to request an increase.',
    status: 400,
  };
  afterEach(() => {
    bed.aws.setCertificateQuota({ certificates: 2500, importsPerYear: 5000 });
  });

  test('count what is there, and what was imported in 365 days, deleted or not', async () => {
    const by = bed.acm(bed.admin, at);
    bed.aws.setCertificateQuota({ certificates: 1 });
    const { CertificateArn = '' } = await importIt(made.first, {}, by);
    expect(await failureOf(importIt(made.rsa, {}, by))).toEqual(full);
    await importIt(made.renewed, { CertificateArn }, by);
    bed.aws.setCertificateQuota({ certificates: 9, importsPerYear: 2 });
    bed.aws.certificates.remove(at, CertificateArn);
    expect(await failureOf(importIt(made.rsa, {}, by))).toEqual(full);
    expect(bed.aws.certificates.imports(at)).toMatchObject([
      { arn: CertificateArn, again: false },
      { arn: CertificateArn, again: true },
    ]);

    const nextYear = 366 * 24 * 60 * 60_000;
    bed.desk.setClockOffset(nextYear);
    by.config.systemClockOffset = nextYear;
    await importIt(made.lasting, {}, by);
    bed.desk.setClockOffset(0);
  });
});

describe('rights and the desk', () => {
  beforeEach(() => bed.desk.clearArrivals());
  afterEach(() => bed.desk.clearFaults());

  test('are asked for on the certificate', async () => {
    const by = (policy: unknown) => bed.acm(bed.aws.addAccessKey({ policy, userName: 'carol' }));
    const denial = (action: string, resource?: string) => ({
      code: 'AccessDeniedException',
      message: `User: arn:aws:iam::123456789012:user/carol is not authorized to perform: ${action}${resource ? ` on resource: ${resource}` : ''} because no identity-based policy allows the ${action} action`,
      status: 400,
    });
    const importer = by(allowing('acm:ImportCertificate', `${arnPrefix}*`));
    const { CertificateArn = '' } = await importIt(made.first, {}, importer);
    expect(await failureOf(importIt(made.first, { Tags: [{ Key: 'a' }] }, importer))).toEqual(
      denial('acm:AddTagsToCertificate', `${arnPrefix}*`),
    );
    expect(await failureOf(importer.send(new DescribeCertificateCommand({ CertificateArn })))).toEqual(
      denial('acm:DescribeCertificate', CertificateArn),
    );
    expect(await failureOf(importer.send(new ListCertificatesCommand({})))).toEqual(denial('acm:ListCertificates'));
    expect(await failureOf(importIt(made.first, {}, by(allowing('acm:Describe*', '*'))))).toEqual(
      denial('acm:ImportCertificate', `${arnPrefix}*`),
    );
  });

  test('a lost reply leaves the certificate, and what was refused leaves none', async () => {
    const count = () => bed.aws.certificates.arns(region).length;
    const before = count();
    bed.desk.addFault({ name: 'acm:ImportCertificate', fault: { kind: 'lose-reply' }, times: 1 });
    await failureOf(importIt(made.first));
    expect(count()).toBe(before + 1);
    const codes: string[] = [];
    for (const fault of [
      { kind: 'throttle' },
      { kind: 'status', status: 409 },
      { kind: 'status', status: 500 },
    ] as const) {
      bed.desk.addFault({ name: 'acm:ImportCertificate', fault, times: 1 });
      const { code, status } = await failureOf(importIt(made.first));
      codes.push(`${status} ${code}`);
    }
    expect(codes).toEqual(['400 ThrottlingException', '400 ConflictException', '500 InternalFailure']);
    expect(count()).toBe(before + 1);
    const arrivals = bed.desk.arrivals();
    expect(arrivals.map(({ name }) => name)).toEqual(Array.from({ length: 4 }, () => 'acm:ImportCertificate'));
    expect(JSON.stringify(arrivals)).not.toContain('PRIVATE');
  });

  test('somebody else’s changes need a certificate that is there', () => {
    expect(() => bed.aws.certificates.tag(region, missingArn, {})).toThrow(`no certificate ${missingArn} in ${region}`);
    const wrong = { ...pemOf(made.first), privateKey: made.rsa.key.pem };
    expect(() => bed.aws.certificates.put(region, wrong)).toThrow('does not match');
  });
});
