import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { credentialFacts } from '../../main/clouds/hint.ts';
import type { ConnectionSettings, Credential } from '../../main/domain/connection.ts';
import { createSelfSigned } from '../clouds/kernel/certificates.ts';

const azure = { provider: 'azure', tenantId: 't', cloud: 'public', signIn: 'secret' } as const;
const aws = { provider: 'aws', region: 'us-east-1', signIn: 'keys' } as const;
const gcp = { provider: 'gcp', projectId: 'contoso', location: 'global', signIn: 'key' } as const;

describe('what is shown of a stored credential', () => {
  const hint = (settings: ConnectionSettings, credential: Credential) => {
    const facts = credentialFacts(settings, credential);
    expect(facts.expiresAt).toBeNull();
    expect(facts.hint.length).toBeLessThanOrEqual(80);
    return facts.hint;
  };

  test('tells keys apart by both ends, and gives nothing else of them away', () => {
    const keys = { accessKeyId: 'AKIACANARYCANARY4XYZ', secretAccessKey: 'canary-secret' };
    expect(hint(aws, keys)).toBe('AKIA…4XYZ');
    expect(hint(azure, { signIn: 'secret', clientSecret: 'canary-secret' })).toBe('client secret');
  });

  test('is the end of a certificate', async () => {
    const { cert, key } = await createSelfSigned('certifyclouds-sync', 30);
    const settings = { ...azure, signIn: 'certificate' } as const;
    const { hint: shown, expiresAt } = credentialFacts(settings, { signIn: 'certificate', pem: `${cert}\n${key}` });
    expect(shown).toBe(`certificate, valid to ${new Date(expiresAt ?? 0).toISOString().slice(0, 10)}`);
    const days = ((expiresAt ?? 0) - Date.now()) / (24 * 60 * 60 * 1000);
    expect(Math.round(days)).toBe(30);
  });

  test('is who it belongs to', () => {
    const user = { signIn: 'user', cache: 'canary', homeAccountId: 'canary', username: 'ann@contoso.example' } as const;
    expect(hint({ ...azure, signIn: 'browser' }, user)).toBe('ann@contoso.example');
    expect(hint({ ...azure, signIn: 'browser' }, { ...user, username: 'a'.repeat(300) })).toMatch(/^a{79}…$/);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const file = (change: object) => ({
      serviceAccountKey: JSON.stringify({
        client_email: 'sync@contoso.iam.gserviceaccount.com',
        private_key: key,
        ...change,
      }),
    });
    expect(hint(gcp, file({}))).toBe('sync@contoso.iam.gserviceaccount.com');
    for (const odd of [file({ client_email: 7 }), file({ client_email: key }), { serviceAccountKey: `x ${key}` }])
      expect(hint(gcp, odd)).toBe('service account key');
  });

  test('is where it is kept on this computer', () => {
    const outside = { signIn: 'outside' } as const;
    const sso = {
      startUrl: 'https://contoso.example',
      region: 'us-east-1',
      accountId: '123456789012',
      roleName: 'Sync',
    };
    expect(hint({ ...azure, signIn: 'cli' }, outside)).toBe('Azure CLI');
    expect(hint({ ...aws, signIn: 'profile', profile: 'backup' }, outside)).toBe('AWS profile backup');
    expect(hint({ ...aws, signIn: 'sso', sso }, outside)).toBe('AWS SSO, Sync');
    expect(hint({ ...gcp, signIn: 'adc' }, outside)).toBe('application default credentials');
  });
});
