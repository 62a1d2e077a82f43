import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIssuer } from '../clouds/kernel/certificate-chain.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';
import { pagesOfPdf } from '../reports/read.ts';
import type { TestApp } from '../support/app.ts';
import { type AppBed, openAppBed } from '../support/app-bed.ts';
import { findForms, findInFolder, keyCanaries, newCanary } from '../support/canary.ts';
import { checked } from '../support/checked.ts';
import { connectSample, newRecord } from '../support/connect.ts';

const vault = 'kv-dev';

/** A check that reads every kind of value, and everything that comes of it. */
describe('a check of values and its reports', { timeout: 60_000 }, () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp & { readonly secretKey: string };
  let end: AppBed['end'];
  const secrets = new Map<string, string | Buffer>();
  const files: string[] = [];
  let verdicts: string[][] = [];

  beforeAll(async () => {
    const bed = await openAppBed({
      chooseFile: (name) => {
        files.push(join(app.directory, `${files.length}-${name}`));
        return files.at(-1) ?? null;
      },
    });
    ({ clouds, sample, app, end } = bed);
    const { connections } = bed;
    const blind = await connectSample(app, clouds, sample, 'writeOnlyKey');
    const value = newCanary();
    clouds.azure.vault(vault).set('canary', value);
    const { privateKey, pfxBase64 } = await (await createIssuer('RSA-2048')).issue();
    clouds.azure.vault(vault).certificates.set('canary-certificate', { pfxBase64: pfxBase64() });
    const [line, bytes] = keyCanaries(privateKey);
    const [gcpLine] = keyCanaries(createPrivateKey(JSON.parse(sample.gcp.full.keyFile).private_key));
    secrets
      .set('SECRET_KEY', app.secretKey)
      .set('client secret', sample.app.clientSecret)
      .set('secret access key', sample.fullKey.secretAccessKey)
      .set('service account key', gcpLine)
      .set('value', value)
      .set('private key', line)
      .set('private key in bytes', bytes);
    const from = (name: string, change: Parameters<typeof newRecord>[2]) =>
      newRecord(connections, { vault, name }, change);
    const asSecret = { sourceKind: 'certificate', targetName: 'certifyclouds_as-secret' } as const;
    const records = [
      from('canary', {}),
      from('canary', { targetService: 'parameterstore' }),
      from('canary', { targetService: 'secretmanager' }),
      from('canary', { targetConnectionId: blind.aws, targetName: 'certifyclouds/blind' }),
      from('canary-certificate', { targetService: 'acm' }),
      from('canary-certificate', { targetService: 'certificatemanager' }),
      from('canary-certificate', { ...asSecret, targetService: 'secretmanager', shape: { kind: 'pfx' } }),
      from('canary-certificate', { ...asSecret, targetName: 'certifyclouds/as-pem', shape: { kind: 'pem' } }),
    ];
    const ids = (await app.ask('records.create', { records })).map(({ id }) => id);
    await app.sync(ids);
    const { id } = await checked(app, ids, true);
    const rows = await app.ask('checks.rows', { id, after: 0, limit: 100 });
    const found = new Map(rows.map(({ recordId, verdict, method }) => [recordId, [verdict, method]]));
    verdicts = ids.map((recordId) => found.get(recordId) ?? []);
    for (const format of ['csv', 'json', 'pdf'] as const) await app.ask('checks.export', { id, format });
    for (const format of ['csv', 'jsonl'] as const) await app.ask('audit.export', { format, filter: {} });
    await app.end({ keep: true });
  }, 120_000);
  afterAll(() => end());

  it('compares whatever may be read, and says where nothing may', () => {
    const same = ['same-value', 'value'];
    expect(verdicts).toEqual([same, same, same, ['unknown', 'none'], same, same, same, same]);
  });

  it('gives no value, key or credential away in a file', () => {
    expect(files.map((file) => file.split('.').at(-1))).toEqual(['csv', 'json', 'pdf', 'csv', 'jsonl']);
    for (const file of files) {
      const bytes = readFileSync(file);
      expect(bytes.length).toBeGreaterThan(1000);
      const drawn = file.endsWith('.pdf') ? Buffer.from(pagesOfPdf(bytes).flat().join('\n')) : Buffer.of();
      // What is looked for would be found: the names beside it are there.
      expect(`${bytes}${drawn}`).toContain('canary-certificate');
      for (const [name, secret] of secrets)
        expect([name, findForms(secret, bytes), findForms(secret, drawn)]).toEqual([name, [], []]);
    }
  });

  it('gives none away in an answer, an event, the log or the store', () => {
    const sent = Buffer.from(app.sent.join('\n'));
    for (const [name, secret] of secrets) {
      expect([name, findForms(secret, sent)]).toEqual([name, []]);
      expect([name, findInFolder(secret, app.directory)]).toEqual([name, []]);
    }
  });
});
