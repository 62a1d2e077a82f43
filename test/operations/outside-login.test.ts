import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Input } from '../../preload/contract/operations.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';

type Draft = Input<'connections.save'>['draft'];

/** A login that is on this computer already needs no typing, so it is not used without a word from outside the window. */
describe('a login of this computer', () => {
  let clouds: Clouds;
  let app: TestApp;
  beforeAll(async () => {
    clouds = await startClouds();
    app = await startApp({ confirm: false });
  });
  afterAll(async () => {
    await app.end();
    await clouds.close();
  });

  const drafts = (): [what: string, draft: Draft][] => {
    const { caPem: caBundle } = clouds;
    const azure = { provider: 'azure', tenantId: crypto.randomUUID(), signIn: 'cli' } as const;
    const aws = { provider: 'aws', region: 'us-east-1' } as const;
    const sso = {
      startUrl: 'https://x.awsapps.com/start',
      region: 'us-east-1',
      accountId: '1'.repeat(12),
      roleName: 'r',
    };
    const gcp = { provider: 'gcp', projectId: 'contoso-prod', location: 'global', signIn: 'adc' } as const;
    const { loginUrl: authority, armUrl: resourceManager } = clouds.azure;
    return [
      ['Azure CLI', { provider: 'azure', settings: { ...azure, cloud: 'custom', authority, resourceManager } }],
      ['Azure CLI', { provider: 'azure', settings: { ...azure, cloud: 'public', caBundle } }],
      ['profile', { provider: 'aws', settings: { ...aws, signIn: 'profile', profile: 'p', endpoint: clouds.aws.url } }],
      ['SSO', { provider: 'aws', settings: { ...aws, signIn: 'sso', sso, endpoint: clouds.aws.url } }],
      ['default credentials', { provider: 'gcp', settings: { ...gcp, endpoint: clouds.gcp.url } }],
      ['default credentials', { provider: 'gcp', settings: { ...gcp, caBundle } }],
      ['the cloud itself', { provider: 'azure', settings: { ...azure, cloud: 'public' } }],
    ];
  };

  it('is neither saved nor tried unless the person says so', async () => {
    for (const [name, draft] of drafts()) {
      const refusal = { kind: 'cancelled', code: 'not-confirmed' };
      expect(await app.refuse('connections.save', { name, draft })).toMatchObject(refusal);
      expect(await app.refuse('connections.test', { testId: crypto.randomUUID(), draft })).toMatchObject(refusal);
    }
    expect(clouds.desk.arrivals()).toEqual([]);
    expect(await app.ask('connections.list', {})).toEqual([]);
  });

  it('is asked for in words that name the login and where it goes', async () => {
    const asked = app.sent.filter((event) => event.startsWith('["confirm"')).join('\n');
    for (const word of [
      clouds.aws.url,
      clouds.gcp.url,
      clouds.azure.loginUrl,
      clouds.azure.armUrl,
      'profile p',
      'x.awsapps.com',
      'contoso-prod',
      'SHA-256',
    ])
      expect(asked).toContain(word);
    expect(asked).toContain('the cloud’s own addresses');
  });

  it('is never another than the one that was asked about', async () => {
    const sso = {
      startUrl: 'https://x.awsapps.com/start',
      region: 'us-east-1',
      accountId: '1'.repeat(12),
      roleName: 'r',
    };
    const aws = { provider: 'aws', region: 'us-east-1' } as const;
    const asked = app.sent.length;
    for (const settings of [
      { ...aws, signIn: 'profile', profile: 'admin', sso },
      { ...aws, signIn: 'sso', sso, profile: 'admin' },
      { ...aws, signIn: 'keys', profile: 'admin' },
      { ...aws, signIn: 'profile', profile: 'admin\u202e' },
      { ...aws, signIn: 'profile', profile: 'a\nb' },
    ])
      expect(await app.refuse('connections.save', { name: 'x', draft: { provider: 'aws', settings } })).toMatchObject({
        kind: 'invalid',
      });
    expect(app.sent.slice(asked).filter((event) => event.startsWith('["confirm"'))).toEqual([]);
  });

  it('is asked for once: for trying, saving and naming a connection, and again for another login', async () => {
    const willing = await startApp();
    const settings = { provider: 'azure', tenantId: crypto.randomUUID(), signIn: 'cli', cloud: 'public' } as const;
    const questions = () => willing.sent.filter((event) => event.startsWith('["confirm"')).length;
    const draft: Draft = { provider: 'azure', settings };
    const { id } = await willing.ask('connections.save', { name: 'Azure', draft });
    await willing.ask('connections.save', { id, name: 'Renamed', draft });
    expect(questions()).toBe(1);
    const other = { ...settings, tenantId: crypto.randomUUID() };
    await willing.ask('connections.save', { id, name: 'Other', draft: { provider: 'azure', settings: other } });
    expect(questions()).toBe(2);
    await willing.end();
  });

  it('is needed by a proxy or an authority for all connections, too', async () => {
    const network = { proxy: 'http://proxy.example.com:8080', noProxy: '', caBundle: '' };
    for (const change of [network, { ...network, proxy: '', caBundle: clouds.caPem }])
      expect(await app.refuse('settings.set', { network: change })).toMatchObject({ code: 'not-confirmed' });
    expect((await app.ask('settings.get', {})).network).toEqual({ proxy: '', noProxy: '', caBundle: '' });
    const noProxy = { proxy: '', noProxy: 'localhost', caBundle: '' };
    expect((await app.ask('settings.set', { network: noProxy })).network).toEqual(noProxy);
    const bad = { ...noProxy, caBundle: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' };
    expect(await app.refuse('settings.set', { network: bad })).toMatchObject({ kind: 'invalid' });
  });
});
