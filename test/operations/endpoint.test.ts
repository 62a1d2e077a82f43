import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Input } from '../../preload/contract/operations.ts';
import { createAuthority } from '../clouds/kernel/certificates.ts';
import { type Listener, listen } from '../clouds/kernel/server.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample } from '../support/connect.ts';

type Draft = Input<'connections.save'>['draft'];

describe('a stored credential', () => {
  let clouds: Clouds;
  let sample: Sample;
  let app: TestApp;
  let at: { azure: string; aws: string };
  let elsewhere: Listener;
  let elsewhereCa: string;
  const received: string[] = [];

  beforeAll(async () => {
    clouds = await startClouds();
    sample = await seedSample(clouds);
    app = await startApp();
    at = await connectSample(app, clouds, sample);
    const authority = await createAuthority();
    elsewhereCa = authority.certPem;
    const handler = async ({ rawPath }: { readonly rawPath: string }) => {
      received.push(rawPath);
      return { status: 200, body: '{}' };
    };
    elsewhere = await listen(handler, await authority.issueForLoopback());
  });
  afterAll(async () => {
    await app.end();
    await elsewhere.close();
    await clouds.close();
  });

  const settingsOf = async (id: string) => {
    const found = (await app.ask('connections.list', {})).find((connection) => connection.id === id);
    if (!found) throw new Error('the connection is gone');
    return found.settings;
  };
  const changes = async (): Promise<[id: string, draft: Draft][]> => {
    const azure = await settingsOf(at.azure);
    const aws = await settingsOf(at.aws);
    if (azure.provider !== 'azure' || aws.provider !== 'aws') throw new Error('mixed up');
    const both = `${clouds.caPem}\n${elsewhereCa}`;
    const other = '11111111-1111-4111-8111-111111111111';
    const { endpoint: _, ...official } = aws;
    return [
      ...[
        { ...azure, authority: elsewhere.url, caBundle: both },
        { ...azure, authority: elsewhere.url },
        { ...azure, resourceManager: elsewhere.url },
        { ...azure, caBundle: both },
        { ...azure, tenantId: other },
        { ...azure, clientId: other },
        { ...azure, cloud: 'public' as const },
        { ...azure, signIn: 'certificate' as const },
      ].map((settings): [string, Draft] => [at.azure, { provider: 'azure', settings }]),
      ...[
        { ...aws, endpoint: elsewhere.url, caBundle: both },
        { ...aws, endpoint: elsewhere.url },
        { ...aws, caBundle: both },
        official,
      ].map((settings): [string, Draft] => [at.aws, { provider: 'aws', settings }]),
    ];
  };

  it('is not sent to a changed address or identity, neither to save nor to test', async () => {
    for (const [id, draft] of await changes()) {
      const before = await settingsOf(id);
      clouds.desk.clearArrivals();
      const refusal = {
        kind: 'invalid',
        fields: [
          { path: 'draft.credential', sentence: expect.stringMatching(/not sent there. Type the credential again/) },
        ],
      };
      expect(await app.refuse('connections.save', { id, name: 'Changed', draft })).toMatchObject(refusal);
      const testId = crypto.randomUUID();
      expect(await app.refuse('connections.test', { testId, connectionId: id, draft })).toMatchObject(refusal);
      expect(await settingsOf(id)).toEqual(before);
      expect(clouds.desk.arrivals()).toEqual([]);
    }
    expect(received).toEqual([]);
  });

  it('is not sent for another provider, nor for a connection that does not exist', async () => {
    const aws = await settingsOf(at.aws);
    if (aws.provider !== 'aws') throw new Error('mixed up');
    const draft: Draft = { provider: 'aws', settings: { ...aws, endpoint: elsewhere.url } };
    const testId = crypto.randomUUID();
    expect(await app.refuse('connections.test', { testId, connectionId: at.azure, draft })).toMatchObject({
      fields: [{ path: 'draft.provider' }],
    });
    expect(await app.refuse('connections.save', { id: at.azure, name: 'x', draft })).toMatchObject({ kind: 'invalid' });
    expect(await app.refuse('connections.test', { testId, draft })).toMatchObject({
      fields: [{ path: 'draft.credential' }],
    });
    expect(await app.refuse('connections.test', { testId, connectionId: testId })).toMatchObject({ kind: 'not-found' });
    expect(await app.refuse('connections.test', { testId })).toMatchObject({ kind: 'invalid' });
    expect(received).toEqual([]);
  });

  it('goes along with a new name or region', async () => {
    const aws = await settingsOf(at.aws);
    if (aws.provider !== 'aws') throw new Error('mixed up');
    const draft: Draft = { provider: 'aws', settings: { ...aws, region: 'eu-west-1' } };
    const steps = await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId: at.aws, draft });
    expect(steps.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    const saved = await app.ask('connections.save', { id: at.aws, name: 'Moved', draft });
    expect(saved).toMatchObject({ name: 'Moved', settings: { region: 'eu-west-1' } });
    expect(saved.credentialHint).toBe(
      `${sample.fullKey.accessKeyId.slice(0, 4)}…${sample.fullKey.accessKeyId.slice(-4)}`,
    );
  });

  it('that is typed anew may go to the new address', async () => {
    const aws = await settingsOf(at.aws);
    if (aws.provider !== 'aws') throw new Error('mixed up');
    const draft: Draft = {
      provider: 'aws',
      settings: { ...aws, endpoint: elsewhere.url, caBundle: elsewhereCa },
      credential: { accessKeyId: 'AKIAEXAMPLEEXAMPLE00', secretAccessKey: 'x'.repeat(40) },
    };
    await app.ask('connections.test', { testId: crypto.randomUUID(), connectionId: at.aws, draft });
    expect(received.length).toBeGreaterThan(0);
  });

  it('in the form of a certificate is described by its expiry, and one that is none is refused as what it is', async () => {
    const azure = await settingsOf(at.azure);
    if (azure.provider !== 'azure') throw new Error('mixed up');
    const settings = { ...azure, signIn: 'certificate' as const };
    const { key, cert } = sample.appCertificate;
    const saved = await app.ask('connections.save', {
      name: 'With certificate',
      draft: { provider: 'azure', settings, credential: { signIn: 'certificate', pem: `${key}\n${cert}` } },
    });
    expect(saved.credentialHint).toMatch(/^certificate, valid to \d{4}-\d\d-\d\d$/);
    const before = await app.ask('connections.list', {});
    for (const pem of [
      'not a certificate',
      key,
      cert,
      `${key}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----`,
    ]) {
      const refused = await app.refuse('connections.save', {
        name: 'Broken',
        draft: { provider: 'azure', settings, credential: { signIn: 'certificate', pem } },
      });
      expect(['invalid', 'auth']).toContain(refused.kind);
      expect(JSON.stringify(refused)).not.toContain(key.slice(60, 90));
    }
    expect(await app.ask('connections.list', {})).toEqual(before);
  });

  it('never leaves the app in an answer or an event', () => {
    const sent = app.sent.join('\n');
    for (const secret of [sample.app.clientSecret, sample.fullKey.secretAccessKey]) expect(sent).not.toContain(secret);
  });
});
