import type { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CertificateIssuer, createIssuer } from '../clouds/kernel/certificate-chain.ts';
import { readPfx } from '../clouds/kernel/pfx.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { type Connections, newRecord } from '../support/connect.ts';
import { type Holding, holdingOf } from '../support/holdings.ts';
import { expectTold } from '../support/told.ts';

const vault = 'kv-dev';
type Service = 'secretsmanager' | 'parameterstore' | 'secretmanager';
const services: readonly Service[] = ['secretsmanager', 'parameterstore', 'secretmanager'];

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
const json = JSON.stringify({ user: 'orders', password: 'a "quoted" 密\u0000码\r\n', port: 5432, none: null });

/** Byte for byte, whatever the value and the form: each in every service that keeps secrets. */
describe.each(services)('to %s', (service) => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let end: AppBed['end'];
  let issuer: CertificateIssuer;
  let connections: Connections;
  let holding: Holding;
  let count = 0;

  beforeAll(async () => {
    ({ clouds, sample, app, connections, end } = await openAppBed());
    issuer = await createIssuer('P-384');
    holding = holdingOf(clouds, sample, service);
  }, 60_000);
  afterAll(() => end());

  type Change = Parameters<typeof newRecord>[2];
  async function created(put: (name: string) => void, change: Change): Promise<{ id: string; targetName: string }> {
    const name = `shape-${++count}`;
    put(name);
    // The largest that each holds is what these tests are about.
    const options = service === 'parameterstore' ? { tier: 'advanced' as const } : {};
    const wanted = newRecord(connections, { vault, name }, { targetService: service, options, ...change });
    const [record] = await app.ask('records.create', { records: [wanted] });
    return { id: record?.id ?? '', targetName: wanted.targetName };
  }
  const secret = (value: string) => (name: string) => void clouds.azure.vault(vault).set(name, value);

  /** Syncs twice: the second finds that nothing changed. @returns what the target holds */
  async function arrived({ id, targetName }: { id: string; targetName: string }): Promise<Buffer> {
    expect(await app.sync([id])).toMatchObject({ written: 1, attention: 0 });
    const content = holding.content(targetName);
    clouds.desk.clearArrivals();
    expect(await app.sync([id])).toMatchObject({ unchanged: 1 });
    expect(clouds.desk.arrivals().filter(({ name }) => holding.writing.test(name))).toEqual([]);
    expect(holding.writes(targetName)).toBe(1);
    return content ?? Buffer.of();
  }

  it.each([
    ['line ends of every kind', 'one\r\ntwo\nthree\rfour\u2028five\u0085\r\n'],
    ['white space at both ends', ' \t value \n\n'],
    ['what looks like something else', '{"a": $B `c` %d \\u0041 &amp; <x> \'y\' "z"}'],
    ['control characters and no NUL', Array.from({ length: 31 }, (_, n) => String.fromCharCode(n + 1)).join('')],
    [
      'UTF-8 of one to four bytes, a byte order mark, and what can be spelled in two ways',
      '\ufeffaé€𝄞 ﬁ é e\u0301 מ 東京',
    ],
    ['a single character', '0'],
  ])('%s', async (_what, value) => {
    expect((await arrived(await created(secret(value), {}))).toString('utf8')).toBe(value);
  });

  it('the largest value that Key Vault has, or the rule that is in its way', async () => {
    const value = `${'ü'.repeat(12_799)}xy`;
    expect(Buffer.byteLength(value)).toBe(25_600);
    const record = await created(secret(value), {});
    if (service !== 'parameterstore') {
      expect((await arrived(record)).equals(Buffer.from(value))).toBe(true);
      return;
    }
    const code = 'target-value-too-large';
    await expectTold(app, record.id, { code, sentence: /25600 bytes.*up to 8,192/, fix: /Secrets Manager/ });
    expect(holding.content(record.targetName)).toBeUndefined();
  });

  it('every byte there is, from Base64', async () => {
    const value = everyByte.toString('base64').replace(/.{76}/g, '$&\r\n');
    const content = await arrived(await created(secret(value), { shape: { kind: 'base64' } }));
    // Parameter Store keeps texts only.
    const bytes = service === 'parameterstore' ? Buffer.from(content.toString('latin1'), 'base64') : content;
    expect(bytes.equals(everyByte)).toBe(true);
  });

  it('the text under a key of a JSON object, and a text as a JSON object', async () => {
    const picked = await arrived(await created(secret(json), { shape: { kind: 'json-key', key: 'password' } }));
    expect(picked.toString('utf8')).toBe(JSON.parse(json).password);
    const wrapped = await arrived(await created(secret(json), { shape: { kind: 'json-object', key: 'the "key"' } }));
    expect(JSON.parse(wrapped.toString('utf8'))).toEqual({ 'the "key"': json });
  });

  it('several secrets as one JSON object, written again when any of them changes', async () => {
    const parts = ['user', 'password'].map((key) => ({ name: `bundle-${++count}`, key }));
    for (const { name, key } of parts) clouds.azure.vault(vault).set(name, `the ${key} "1" é`);
    const shape = { kind: 'json-object', key: 'host', more: parts } as const;
    const record = await created(secret('db.contoso.example'), { shape });
    const whole = { host: 'db.contoso.example', user: 'the user "1" é', password: 'the password "1" é' };
    expect(JSON.parse((await arrived(record)).toString('utf8'))).toEqual(whole);

    const [, password] = parts;
    clouds.azure.vault(vault).set(password?.name ?? '', 'changed');
    expect(await app.sync([record.id])).toMatchObject({ written: 1, attention: 0 });
    const now = holding.content(record.targetName)?.toString('utf8') ?? '';
    expect(JSON.parse(now)).toEqual({ ...whole, password: 'changed' });

    clouds.azure.vault(vault).disable(password?.name ?? '');
    clouds.azure.vault(vault).set(parts[0]?.name ?? '', 'changed as well');
    expect(await app.sync([record.id])).toMatchObject({ written: 0, attention: 1 });
    expect(await app.record(record.id)).toMatchObject({ status: 'failed', code: 'source-disabled' });
    expect(holding.content(record.targetName)?.toString('utf8')).toBe(now);
  });

  it.each([
    [{ kind: 'base64' }, 'not base64!', 'value-not-base64', /not Base64/, /as it is/],
    [{ kind: 'json-key', key: 'a' }, 'not json', 'value-not-json', /not a JSON object/, /as it is/],
    [{ kind: 'json-key', key: 'a' }, '["a"]', 'value-not-json', /not a JSON object/, /as it is/],
    [{ kind: 'json-key', key: 'toString' }, json, 'json-key-missing', /no key toString/, /Add the key/],
    [{ kind: 'json-key', key: 'port' }, json, 'json-key-not-text', /under port is not a text/, /quotation marks/],
  ] as const)('refuses %j of what is none: %s', async (shape, value, code, sentence, fix) => {
    const { id, targetName } = await created(secret(value), { shape });
    await expectTold(app, id, { code, sentence, fix });
    expect(holding.content(targetName)).toBeUndefined();
    expect(JSON.stringify(await app.lastAttempt(id))).not.toContain(value);
  });

  it('a certificate as PEM and as PFX: key, leaf, intermediate', async () => {
    const issued = await issuer.issue();
    const certificate = (name: string) =>
      void clouds.azure.vault(vault).certificates.set(name, { pfxBase64: issued.pfxBase64() });
    const key = issued.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const source = { sourceKind: 'certificate' } as const;

    const pem = await arrived(await created(certificate, { ...source, shape: { kind: 'pem' } }));
    expect(pem.toString('utf8')).toBe(`${key}${issued.leaf}${issued.intermediate}`);

    const content = await arrived(await created(certificate, { ...source, shape: { kind: 'pfx' } }));
    const file = service === 'parameterstore' ? Buffer.from(content.toString('latin1'), 'base64') : content;
    const { privateKey, certificates } = readPfx(file, '');
    expect(privateKey?.equals(issued.privateKey)).toBe(true);
    expect(certificates.map((one: X509Certificate) => one.fingerprint256)).toEqual(
      [issued.leaf, issued.intermediate].map(({ fingerprint256 }) => fingerprint256),
    );
  });
});
