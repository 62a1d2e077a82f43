import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { operations } from '../../../preload/contract/operations.ts';
import type { SignedIn } from '../../../renderer/bridge/signIn.ts';
import {
  draftOf,
  errorsFrom,
  isGoodFor,
  keepsStored,
  problemsOf,
  signInSettings,
} from '../../../renderer/screens/connections/draft.ts';
import { type Editing, type Typed, typedFrom } from '../../../renderer/screens/connections/typed.ts';
import { connectionView } from '../views.ts';

type Provider = 'azure' | 'aws' | 'gcp';
const blank = typedFrom(undefined);
const secret = () => randomBytes(20).toString('hex');
const azureTyped = (change: Partial<Typed['azure']> = {}): Typed => ({
  ...blank,
  name: 'Contoso',
  azure: { ...blank.azure, tenantId: randomUUID(), clientId: randomUUID(), clientSecret: secret(), ...change },
});
const keyId = () => `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
const awsTyped = (change: Partial<Typed['aws']> = {}): Typed => ({
  ...blank,
  name: 'backup',
  aws: { ...blank.aws, region: 'us-east-1', accessKeyId: keyId(), secretAccessKey: secret(), ...change },
});
const keyFile = (projectId: string) =>
  JSON.stringify({
    type: 'service_account',
    project_id: projectId,
    private_key: secret(),
    client_email: `sync@${projectId}.iam.gserviceaccount.com`,
  });
const gcpTyped = (change: Partial<Typed['gcp']> = {}): Typed => ({
  ...blank,
  name: 'backup',
  gcp: { ...blank.gcp, projectId: 'contoso-1', serviceAccountKey: keyFile('contoso-1'), ...change },
});

/** What main would be sent, which must pass the contract's own schema. */
function accepted(provider: Provider, typed: Typed, editing?: Editing, signedIn?: SignedIn) {
  const checked = draftOf(provider, typed, editing, signedIn);
  if ('errors' in checked) throw new Error(`refused: ${JSON.stringify(checked.errors)}`);
  return operations['connections.save'].input.parse({ name: typed.name, draft: checked.draft }).draft;
}

function refused(provider: Provider, typed: Typed, editing?: Editing, signedIn?: SignedIn) {
  const checked = draftOf(provider, typed, editing, signedIn);
  return 'errors' in checked ? checked.errors : {};
}
const refusedFields = (...about: Parameters<typeof refused>) => Object.keys(refused(...about)).sort();

describe('what is typed becomes what the contract takes, trimmed and without what was not chosen', () => {
  test('Azure with a client secret', () => {
    const typed = azureTyped();
    const { tenantId, clientId, clientSecret } = typed.azure;
    const settings = { provider: 'azure', tenantId, clientId, signIn: 'secret', cloud: 'public' };
    const messy = {
      ...typed,
      azure: { ...typed.azure, tenantId: ` ${tenantId} `, authority: 'left over', pem: 'left over' },
    };
    expect(accepted('azure', messy)).toEqual({
      provider: 'azure',
      settings,
      credential: { signIn: 'secret', clientSecret },
    });
  });

  test("Azure with the CLI's login: no application, nothing stored", () => {
    const { tenantId } = azureTyped().azure;
    expect(accepted('azure', azureTyped({ tenantId, signIn: 'cli' }))).toEqual({
      provider: 'azure',
      settings: { provider: 'azure', tenantId, signIn: 'cli', cloud: 'public' },
    });
  });

  test('AWS with temporary keys and a role', () => {
    const typed = awsTyped({
      sessionToken: secret(),
      endpoint: 'https://localhost:4566',
      asRole: true,
      assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/sync', externalId: ' ', sessionName: 'copying' },
    });
    const { accessKeyId, secretAccessKey, sessionToken } = typed.aws;
    expect(accepted('aws', typed)).toEqual({
      provider: 'aws',
      settings: {
        provider: 'aws',
        signIn: 'keys',
        region: 'us-east-1',
        endpoint: 'https://localhost:4566',
        assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/sync', sessionName: 'copying' },
      },
      credential: { accessKeyId, secretAccessKey, sessionToken },
    });
  });

  test('AWS with a profile or Identity Center: keys typed before are not sent along', () => {
    const sso = {
      startUrl: 'https://contoso.example/start',
      region: 'eu-west-1',
      accountId: '123456789012',
      roleName: 'Sync',
    };
    expect(accepted('aws', awsTyped({ signIn: 'profile', profile: 'backup', sso }))).toEqual({
      provider: 'aws',
      settings: { provider: 'aws', signIn: 'profile', profile: 'backup', region: 'us-east-1' },
    });
    expect(accepted('aws', awsTyped({ signIn: 'sso', profile: 'backup', sso }))).toEqual({
      provider: 'aws',
      settings: { provider: 'aws', signIn: 'sso', sso, region: 'us-east-1' },
    });
  });

  test('GCP with a key file or what gcloud left', () => {
    const typed = gcpTyped({ impersonate: 'writer@contoso-1.iam.gserviceaccount.com' });
    const { serviceAccountKey, impersonate } = typed.gcp;
    const settings = { provider: 'gcp', projectId: 'contoso-1', impersonate, location: 'global' };
    expect(accepted('gcp', typed)).toEqual({
      provider: 'gcp',
      settings: { ...settings, signIn: 'key' },
      credential: { serviceAccountKey },
    });
    expect(accepted('gcp', { ...typed, gcp: { ...typed.gcp, signIn: 'adc' } })).toEqual({
      provider: 'gcp',
      settings: { ...settings, signIn: 'adc' },
    });
  });
});

test.each([
  ['azure', blank, ['azure.clientId', 'azure.clientSecret', 'azure.tenantId', 'name']],
  ['aws', blank, ['aws.accessKeyId', 'aws.region', 'aws.secretAccessKey', 'name']],
  ['gcp', blank, ['gcp.projectId', 'gcp.serviceAccountKey', 'name']],
  ['azure', azureTyped({ signIn: 'browser', clientId: '' }), ['azure.clientId', 'azure.signInId']],
  ['azure', azureTyped({ signIn: 'certificate' }), ['azure.pem']],
  [
    'azure',
    azureTyped({ cloud: 'custom', authority: 'http://a.example' }),
    ['azure.authority', 'azure.resourceManager'],
  ],
  ['aws', awsTyped({ signIn: 'profile' }), ['aws.profile']],
  ['aws', awsTyped({ signIn: 'sso' }), ['aws.sso.accountId', 'aws.sso.region', 'aws.sso.roleName', 'aws.sso.startUrl']],
  ['aws', awsTyped({ asRole: true }), ['aws.assumeRole.roleArn']],
  [
    'aws',
    awsTyped({ accessKeyId: '', secretAccessKey: '', sessionToken: 'x' }),
    ['aws.accessKeyId', 'aws.secretAccessKey'],
  ],
] as const)('%s: every missing field is named at once: %#', (provider, typed, fields) => {
  const problems = problemsOf(provider, typed, undefined);
  expect(Object.keys(problems).sort()).toEqual(fields);
  for (const sentence of Object.values(problems)) expect(sentence).not.toBe('');
});

test('a private key is not taken as a CA bundle', () => {
  const caBundle = `-----BEGIN CERTIFICATE-----\n-----BEGIN ${'PRIVATE'} KEY-----`;
  for (const [provider, typed] of [
    ['azure', azureTyped({ caBundle })],
    ['aws', awsTyped({ caBundle })],
    ['gcp', gcpTyped({ caBundle })],
  ] as const) {
    expect(refusedFields(provider, typed)).toEqual([`${provider}.caBundle`]);
  }
});

test('a key file of another project or of no service account is refused where it can be mended', () => {
  expect(refused('gcp', gcpTyped({ projectId: 'contoso-2' }))).toEqual({
    'gcp.projectId': 'The key file is for the project contoso-1.',
  });
  expect(refusedFields('gcp', gcpTyped({ serviceAccountKey: '{"type":"authorized_user"}' }))).toEqual([
    'gcp.serviceAccountKey',
  ]);
});

describe('a stored credential', () => {
  const azure = (signIn: 'secret' | 'browser') => {
    const { tenantId, clientId } = azureTyped().azure;
    return connectionView({ provider: 'azure', tenantId, clientId, signIn, cloud: 'public' });
  };
  const aws = connectionView({ provider: 'aws', signIn: 'keys', region: 'us-east-1' });
  const gcp = connectionView({ provider: 'gcp', signIn: 'key', projectId: 'contoso-1', location: 'global' });

  test('is kept by empty fields, and nothing of one is sent', () => {
    for (const [provider, editing] of [
      ['azure', azure('secret')],
      ['azure', azure('browser')],
      ['aws', aws],
      ['gcp', gcp],
    ] as const) {
      expect(accepted(provider, typedFrom(editing), editing)).not.toHaveProperty('credential');
    }
    const half = { ...typedFrom(aws), aws: { ...typedFrom(aws).aws, secretAccessKey: secret() } };
    expect(refusedFields('aws', half, aws)).toEqual(['aws.accessKeyId']);
  });

  test('is kept where only the place to begin changes', () => {
    const region = { ...typedFrom(aws), aws: { ...typedFrom(aws).aws, region: 'eu-west-1' } };
    expect(keepsStored('aws', region, aws)).toBe(true);
    const location = { ...typedFrom(gcp), gcp: { ...typedFrom(gcp).gcp, location: 'europe-west1' } };
    expect(keepsStored('gcp', location, gcp)).toBe(true);
  });

  test('must be typed again where it would go elsewhere, or as somebody else', () => {
    const endpoint = { ...typedFrom(aws), aws: { ...typedFrom(aws).aws, endpoint: 'https://aws.example' } };
    expect(refusedFields('aws', endpoint, aws)).toEqual(['aws.accessKeyId', 'aws.secretAccessKey']);
    const editing = azure('secret');
    const otherWay = { ...typedFrom(editing), azure: { ...typedFrom(editing).azure, signIn: 'certificate' as const } };
    expect(refusedFields('azure', otherWay, editing)).toEqual(['azure.pem']);
    const person = azure('browser');
    const elsewhere = { ...typedFrom(person), azure: { ...typedFrom(person).azure, tenantId: randomUUID() } };
    expect(refused('azure', elsewhere, person)).toEqual({ 'azure.signInId': 'Sign in again: the settings changed.' });
  });

  test('does not count if there is none', () => {
    expect(keepsStored('aws', typedFrom(aws), { ...aws, credentialHint: '' })).toBe(false);
    expect(keepsStored('aws', typedFrom(aws), undefined)).toBe(false);
  });

  test('with every setting there is comes back as it was saved', () => {
    const all = connectionView({
      provider: 'aws',
      signIn: 'sso',
      sso: {
        startUrl: 'https://contoso.example/start',
        region: 'eu-west-1',
        accountId: '123456789012',
        roleName: 'Sync',
      },
      assumeRole: { roleArn: 'arn:aws:iam::123456789012:role/sync', externalId: 'ext-1', sessionName: 'copying' },
      region: 'eu-west-1',
      endpoint: 'https://aws.example',
    });
    expect(accepted('aws', typedFrom(all), all).settings).toEqual(all.settings);
    expect(keepsStored('aws', typedFrom(all), all)).toBe(true);
  });
});

describe('a person who signed in', () => {
  const typed = azureTyped({ signIn: 'device-code' });
  const asked = signInSettings(typed);
  if (!('settings' in asked)) throw new Error('the settings were refused');
  const signedIn: SignedIn = { signInId: randomUUID(), username: 'ann@contoso.example', settings: asked.settings };

  test('is the credential, by the id of the sign-in alone', () => {
    expect(accepted('azure', typed, undefined, signedIn)).toMatchObject({
      credential: { signIn: 'user', signInId: signedIn.signInId },
    });
  });

  test('must sign in again once a setting changed, and not if it changes back', () => {
    const changed = { ...typed, azure: { ...typed.azure, clientId: randomUUID() } };
    expect(isGoodFor(signedIn, changed)).toBe(false);
    expect(refused('azure', changed, undefined, signedIn)).toEqual({
      'azure.signInId': 'Sign in again: the settings changed.',
    });
    expect(isGoodFor(signedIn, { ...changed, azure: typed.azure })).toBe(true);
  });

  test('is asked for only with settings that can be right', () => {
    expect(signInSettings({ ...typed, azure: { ...typed.azure, tenantId: 'contoso' } })).toMatchObject({
      errors: { 'azure.tenantId': expect.stringContaining('A tenant id looks like') },
    });
  });
});

test("main's word on a field reaches that field, and only fields of the form", () => {
  const typed = awsTyped({ signIn: 'sso' });
  expect(
    errorsFrom('aws', typed, [
      { path: 'draft.settings.sso.startUrl', sentence: 'There is no such place.' },
      { path: 'draft.settings.sso.startUrl', sentence: 'Said twice.' },
      { path: 'draft.settings.sso', sentence: 'About several.' },
      { path: 'draft.something.else', sentence: 'Unknown.' },
      { path: 'name', sentence: 'Taken.' },
    ]),
  ).toEqual({ 'aws.sso.startUrl': 'There is no such place.', name: 'Taken.' });
  const credential = [{ path: 'draft.credential', sentence: 'Type it again.' }];
  expect(errorsFrom('aws', awsTyped(), credential)).toEqual({ 'aws.accessKeyId': 'Type it again.' });
  expect(errorsFrom('azure', azureTyped({ signIn: 'browser' }), credential)).toEqual({
    'azure.signInId': 'Type it again.',
  });
  expect(errorsFrom('gcp', gcpTyped({ signIn: 'adc' }), credential)).toEqual({});
});
