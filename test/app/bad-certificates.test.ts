import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AttemptView } from '../../preload/contract/views.ts';
import { OpenSsl } from '../certificates/openssl.ts';
import { type CertificateKeyType, createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import { firstBadOf } from '../store/builders.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { type Connections, newRecord } from '../support/connect.ts';
import { chainText, type Holding, holdingOf } from '../support/holdings.ts';
import { expectTold } from '../support/told.ts';

const vault = 'kv-certificates';
const day = 24 * 60 * 60 * 1000;
type Service = 'acm' | 'certificatemanager';

/**
 * Certificates that no target takes, or not this one. PFX files with a wrong or missing password are in test/certificates:
 * Key Vault itself takes none whose password it was not told, and keeps them without one.
 */
describe('a certificate', { timeout: 30_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let end: AppBed['end'];
  let connections: Connections;
  let holdings: Readonly<Record<Service, Holding>>;
  let count = 0;

  beforeAll(async () => {
    ({ clouds, sample, app, connections, end } = await openAppBed());
    holdings = {
      acm: holdingOf(clouds, sample, 'acm'),
      certificatemanager: holdingOf(clouds, sample, 'certificatemanager'),
    };
  }, 60_000);
  afterAll(() => end());
  beforeEach(() => clouds.desk.clearArrivals());
  afterEach(() => {
    expect(firstBadOf(app.store.audit)).toBeNull();
    expect(app.sent.join('\n')).not.toContain('PRIVATE KEY');
  });

  const certificates = () => clouds.azure.vault(vault).certificates;
  const recordOf = (targetService: Service, name: string) => newRecord(connections, { vault, name }, { targetService });
  const writes = () =>
    clouds.desk
      .arrivals()
      .filter(({ name }) => holdings.acm.writing.test(name) || holdings.certificatemanager.writing.test(name));

  interface Wanted {
    readonly keyType?: CertificateKeyType;
    readonly from?: number;
    readonly to?: number;
    readonly name?: string;
  }
  /** Puts one into the vault, valid for these days from now. @returns its name, and what a target would hold of it */
  async function put({ keyType = 'P-256', from = -1, to = 90, name = `bad-${++count}` }: Wanted = {}) {
    const { leaf, intermediate, ...issued } = await (await createIssuer(keyType)).issue({
      commonName: `${name}.contoso.example`,
      notBefore: new Date(Date.now() + from * day),
      notAfter: new Date(Date.now() + to * day),
    });
    certificates().set(name, { pfxBase64: issued.pfxBase64() });
    return { name, chain: Buffer.from(chainText([leaf, intermediate])) };
  }
  /** One that OpenSSL made and signed by itself. */
  function putOwn(name: string, keyType: 'EC-P256K' | 'RSA-2048', extensions: Readonly<Record<string, string>> = {}) {
    const { pem, key } = OpenSsl.use((openssl) =>
      openssl.certificate(`${name}.contoso.example`, { key: openssl.key(keyType), extensions }),
    );
    certificates().set(name, { pem: `${pem}${key.pem}` });
    return Buffer.from(chainText([pem]));
  }
  async function create(service: Service, name: string): Promise<string> {
    const [record] = await app.ask('records.create', { records: [recordOf(service, name)] });
    return record?.id ?? '';
  }
  /** Already synced, so that what comes next is a renewal. */
  async function synced(service: Service, name: string): Promise<string> {
    const id = await create(service, name);
    expect(await app.sync([id])).toMatchObject({ written: 1 });
    clouds.desk.clearArrivals();
    return id;
  }

  /** Refused when the record is to be saved: nothing was read and nothing sent to the target. */
  async function refused(service: Service, name: string, sentence: RegExp): Promise<void> {
    const before = (await app.ask('records.list', {})).length;
    const failure = await app.refuse('records.create', { records: [recordOf(service, name)] });
    expect(failure).toMatchObject({
      kind: 'invalid',
      fields: [{ path: 'records.0.sourceName', sentence: expect.stringMatching(sentence) }],
    });
    expect(await app.ask('records.list', {})).toHaveLength(before);
    expect(clouds.desk.arrivals({ cloud: 'keyvault', name: 'GetSecret' })).toEqual([]);
    expect(clouds.desk.arrivals({ cloud: service === 'acm' ? 'aws' : 'gcp' })).toEqual([]);
  }

  /** Refused at a sync: what the target held is what it holds. */
  async function told(
    service: Service,
    id: string,
    said: { code: string; sentence: RegExp; fix: RegExp },
    outcome?: AttemptView['outcome'],
  ) {
    const { targetName } = await app.record(id);
    const held = holdings[service].content(targetName);
    await expectTold(app, id, said, outcome);
    expect(writes()).toEqual([]);
    expect(holdings[service].content(targetName)).toEqual(held);
  }

  it('without its issuer’s certificate: refused where the service wants it, and told where it is written', async () => {
    const name = `bad-${++count}`;
    const issued = await (await createIssuer('P-256')).issue({ commonName: `${name}.contoso.example` });
    const key = issued.privateKey.export({ format: 'pem', type: 'pkcs8' });
    certificates().set(name, { pem: `${issued.leaf.toString()}${key}` });
    const acm = await create('acm', name);
    await told('acm', acm, { code: 'target-certificate-chain', sentence: /issuer/, fix: /whole chain/ });
    const id = await create('certificatemanager', name);
    await app.sync([id]);
    expect(await app.record(id)).toMatchObject({
      status: 'synced',
      code: 'chain-incomplete',
      sentence: expect.stringMatching(/hole: the certificate of .+ is not in/),
      fix: expect.stringMatching(/whole chain/),
    });
    const { targetName } = await app.record(id);
    expect(holdings.certificatemanager.content(targetName)).toEqual(Buffer.from(chainText([issued.leaf])));
  });

  describe.each(['acm', 'certificatemanager'] as const)('for %s', (service) => {
    it('that expired: no record is made; a renewal that is expired is not written', async () => {
      await refused(service, 'old-contoso-example', /old-contoso-example: The certificate expired on .*Renew it/);
      const { name, chain } = await put();
      const id = await synced(service, name);
      await put({ name, from: -20, to: -1 });
      await told(
        service,
        id,
        { code: 'certificate-expired', sentence: /expired on \d{4}-\d\d-\d\d.*kept/, fix: /Renew it in Key Vault/ },
        'blocked',
      );
      const [step] = (await app.ask('sync.plan', { ids: [id] })).steps;
      expect(step).toMatchObject({ action: 'blocked', code: 'certificate-expired' });
      expect(holdings[service].content(recordOf(service, name).targetName)?.equals(chain)).toBe(true);
    });

    it('that is not valid yet: no record is made; nor is such a renewal written', async () => {
      const { name: early } = await put({ from: 2 });
      await refused(service, early, /not valid before \d{4}-\d\d-\d\d/);
      const { name } = await put();
      const id = await synced(service, name);
      await put({ name, from: 2 });
      const code = 'certificate-not-yet-valid';
      await told(service, id, { code, sentence: /not valid before/, fix: /Wait until then/ }, 'blocked');
    });

    it('whose private key never leaves Key Vault', async () => {
      await refused(service, 'locked-contoso-example', /private key of .* never leaves Key Vault/);
      const { name } = await put();
      const id = await synced(service, name);
      const { pfxBase64 } = await (await createIssuer('P-256')).issue({ commonName: `${name}.contoso.example` });
      certificates().set(name, { pfxBase64: pfxBase64() }, { exportable: false });
      const code = 'source-not-exportable';
      await told(service, id, {
        code,
        sentence: /private key that never leaves the vault/,
        fix: /exportable private key/,
      });
    });

    it('with a key on P-256K', async () => {
      const name = `bad-${++count}`;
      putOwn(name, 'EC-P256K');
      await refused(service, name, /key is of type EC-P256K, which .* does not take.*Issue it with an RSA key/);
    });

    it('that is not there', async () => {
      await refused(service, 'never-there', /no certificate .*never-there/);
    });
  });

  it('with a key on P-521 goes to ACM, and not to GCP', async () => {
    await refused(
      'certificatemanager',
      'signing-contoso-example',
      /EC-P521, which GCP Certificate Manager does not take.*P-256 or P-384/,
    );
    await synced('acm', 'signing-contoso-example');
    const { name } = await put({ keyType: 'P-384' });
    const id = await synced('certificatemanager', name);
    await put({ name, keyType: 'P-521' });
    await told('certificatemanager', id, {
      code: 'target-certificate-key-type',
      sentence: /EC-P521.*Nothing was written/,
      fix: /P-256 or P-384/,
    });
  });

  describe('renewed for the same ARN', () => {
    it('with a key of another type', async () => {
      const { name } = await put({ keyType: 'P-256' });
      const id = await synced('acm', name);
      await put({ name, keyType: 'P-384' });
      await told('acm', id, {
        code: 'certificate-reimport-key-type',
        sentence: /EC-P384.*EC-P256.*same ARN/,
        fix: /Renew it with a key of type EC-P256/,
      });
    });

    it('with key usages that the one before had not', async () => {
      const name = `bad-${++count}`;
      putOwn(name, 'RSA-2048');
      const id = await synced('acm', name);
      putOwn(name, 'RSA-2048', { keyUsage: 'critical,digitalSignature' });
      await told('acm', id, {
        code: 'certificate-reimport-key-usage-added',
        sentence: /has a key usage extension, the one in ACM has none/,
        fix: /Renew it without that extension/,
      });
    });

    it('without an extended key usage that the one before had', async () => {
      const name = `bad-${++count}`;
      putOwn(name, 'RSA-2048', { extendedKeyUsage: 'serverAuth,emailProtection' });
      const id = await synced('acm', name);
      putOwn(name, 'RSA-2048', { extendedKeyUsage: 'serverAuth' });
      await told('acm', id, {
        code: 'certificate-reimport-extended-key-usage-removed',
        sentence: /lacks the extended key usage/,
        fix: /Renew it with that extended key usage/,
      });
    });
  });

  it('whose issuer is missing in the bundle is told before ACM is', async () => {
    const { leaf, privateKey } = await (await createIssuer('P-256')).issue({ commonName: 'alone.contoso.example' });
    const name = `bad-${++count}`;
    certificates().set(name, { pem: `${leaf}${privateKey.export({ format: 'pem', type: 'pkcs8' })}` });
    const id = await create('acm', name);
    await told('acm', id, {
      code: 'target-certificate-chain',
      sentence: /does not hold the certificate of the issuer/,
      fix: /with its whole chain/,
    });
  });

  it('beyond the quota of imports is refused by ACM, and told as that', async () => {
    const { name } = await put();
    const id = await create('acm', name);
    clouds.aws.setCertificateQuota({ importsPerYear: clouds.aws.certificates.imports(sample.region).length });
    await expectTold(app, id, {
      code: 'aws-quota',
      sentence: /quota of AWS Certificate Manager in us-east-1 is used up/,
      fix: /higher quota/,
    });
    expect(holdings.acm.writes(recordOf('acm', name).targetName)).toBe(0);
    clouds.aws.setCertificateQuota({ importsPerYear: 5000 });
  });
});
