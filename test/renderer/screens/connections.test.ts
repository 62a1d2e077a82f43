import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { operations } from '../../../preload/contract/operations.ts';
import {
  draftOf,
  errorsFrom,
  keepsStored,
  type Typed,
  typedFrom,
} from '../../../renderer/screens/connections/typed.ts';
import { connectionView } from '../views.ts';

const secret = () => randomBytes(20).toString('hex');
const azureTyped = (): Typed => ({
  ...typedFrom(undefined),
  name: 'Contoso',
  tenantId: randomUUID(),
  clientId: randomUUID(),
  clientSecret: secret(),
});
const awsTyped = (): Typed => ({
  ...typedFrom(undefined),
  name: 'backup',
  region: 'us-east-1',
  accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: secret(),
});

/** What main would be sent, which must pass the contract's own schema. */
function accepted(provider: 'azure' | 'aws', typed: Typed, editing?: Parameters<typeof draftOf>[2]) {
  const checked = draftOf(provider, typed, editing);
  if ('errors' in checked) throw new Error(`refused: ${Object.keys(checked.errors).join(', ')}`);
  return operations['connections.save'].input.parse({ name: typed.name, draft: checked.draft }).draft;
}

function refused(provider: 'azure' | 'aws', typed: Typed, editing?: Parameters<typeof draftOf>[2]) {
  const checked = draftOf(provider, typed, editing);
  return 'errors' in checked ? checked.errors : {};
}

test('what is typed becomes what the contract takes, trimmed and without empty fields', () => {
  const azure = azureTyped();
  expect(accepted('azure', { ...azure, tenantId: ` ${azure.tenantId} ` })).toEqual({
    provider: 'azure',
    settings: {
      provider: 'azure',
      tenantId: azure.tenantId,
      clientId: azure.clientId,
      signIn: 'secret',
      cloud: 'public',
    },
    credential: { signIn: 'secret', clientSecret: azure.clientSecret },
  });
  const aws = awsTyped();
  expect(accepted('aws', { ...aws, endpoint: 'https://localhost:4566' })).toEqual({
    provider: 'aws',
    settings: { provider: 'aws', region: 'us-east-1', endpoint: 'https://localhost:4566' },
    credential: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
  });
});

test('every empty field of a new connection is named at once', () => {
  expect(Object.keys(refused('azure', typedFrom(undefined))).sort()).toEqual([
    'clientId',
    'clientSecret',
    'name',
    'tenantId',
  ]);
  expect(Object.keys(refused('aws', typedFrom(undefined))).sort()).toEqual([
    'accessKeyId',
    'name',
    'region',
    'secretAccessKey',
  ]);
});

test('a custom cloud needs its endpoints, and another cloud takes none along', () => {
  const custom = { ...azureTyped(), cloud: 'custom' as const, authority: 'http://insecure.example' };
  expect(Object.keys(refused('azure', custom)).sort()).toEqual(['authority', 'resourceManager']);
  expect(accepted('azure', { ...custom, cloud: 'public' }).settings).not.toHaveProperty('authority');
});

test('a private key is not taken as a CA bundle', () => {
  const bundle = `-----BEGIN CERTIFICATE-----\n-----BEGIN ${'PRIVATE'} KEY-----`;
  expect(refused('aws', { ...awsTyped(), caBundle: bundle })).toHaveProperty('caBundle');
});

test('empty secret fields keep the stored credential, and nothing of one is sent', () => {
  const { clientSecret: _, ...typed } = azureTyped();
  const editing = connectionView({
    provider: 'azure',
    tenantId: typed.tenantId,
    clientId: typed.clientId,
    signIn: 'secret',
    cloud: 'public',
  });
  expect(accepted('azure', typedFrom(editing), editing)).not.toHaveProperty('credential');

  const aws = connectionView({ provider: 'aws', region: 'us-east-1' });
  expect(accepted('aws', typedFrom(aws), aws)).not.toHaveProperty('credential');
  const half = { ...typedFrom(aws), secretAccessKey: secret() };
  expect(Object.keys(refused('aws', half, aws))).toEqual(['accessKeyId']);
});

test('a stored credential of the other kind, or none at all, does not count', () => {
  const editing = connectionView({
    provider: 'azure',
    tenantId: randomUUID(),
    clientId: randomUUID(),
    signIn: 'secret',
    cloud: 'public',
  });
  const typed = { ...typedFrom(editing), signIn: 'certificate' as const };
  expect(keepsStored(typed, editing)).toBe(false);
  expect(Object.keys(refused('azure', typed, editing))).toEqual(['pem']);
  expect(keepsStored(typedFrom(editing), { ...editing, credentialHint: '' })).toBe(false);
});

test('editing begins with the saved settings and never with a credential', () => {
  const editing = connectionView({ provider: 'aws', region: 'eu-west-1', endpoint: 'https://aws.example' });
  expect(typedFrom(editing)).toMatchObject({
    region: 'eu-west-1',
    endpoint: 'https://aws.example',
    secretAccessKey: '',
  });
});

test("main's word on a field reaches that field, and only fields of the form", () => {
  expect(
    errorsFrom([
      { path: 'draft.settings.tenantId', sentence: 'There is no such tenant.' },
      { path: 'draft.settings.tenantId', sentence: 'Said twice.' },
      { path: 'draft.something.else', sentence: 'Unknown.' },
    ]),
  ).toEqual({ tenantId: 'There is no such tenant.' });
});
