import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ConnectionView, OrphanView } from '../../../preload/contract/views.ts';
import { credentialNotes, savedWords } from '../../../renderer/screens/connections/credentialNotes.ts';
import { readKeyFile } from '../../../renderer/screens/connections/keyFile.ts';
import { orphanList } from '../../../renderer/screens/connections/orphanList.ts';
import { servicesToTest } from '../../../renderer/screens/connections/servicesUsed.ts';
import { connectionView } from '../views.ts';

const day = 24 * 3_600_000;
const now = 1000 * day;
const aws: ConnectionView['settings'] = { provider: 'aws', signIn: 'keys', region: 'us-east-1' };
const azure: ConnectionView['settings'] = {
  provider: 'azure',
  tenantId: randomUUID(),
  clientId: randomUUID(),
  signIn: 'certificate',
  cloud: 'public',
};
const gcp: ConnectionView['settings'] = { provider: 'gcp', signIn: 'key', projectId: 'contoso-1', location: 'global' };
const tonesOf = (settings: ConnectionView['settings'], about: Partial<ConnectionView>) =>
  credentialNotes(connectionView(settings, about), now).map(({ tone, sentence }) => `${tone}: ${sentence}`);

describe('what is said of a credential', () => {
  test.each([
    [30 * day, []],
    [30 * day - 1, ['doubt: The credential ends in 29 days. Save a new one before.']],
    [day, ['doubt: The credential ends in 1 day. Save a new one before.']],
    [day - 1, ['doubt: The credential ends within a day. Save a new one before.']],
    [0, ['bad: The credential ended today. Save a new one.']],
    [-3 * day, ['bad: The credential ended 3 days ago. Save a new one.']],
  ])('that ends in %d ms', (left, notes) => {
    expect(tonesOf(azure, { credentialSavedAt: now, credentialExpiresAt: now + left })).toEqual(notes);
  });

  test('AWS and GCP keys are to be rotated after 90 days; others say themselves when they end', () => {
    const old = { credentialSavedAt: now - 90 * day - 1 };
    const rotate = ['doubt: Older than 90 days: time to rotate the key.'];
    expect(tonesOf(aws, old)).toEqual(rotate);
    expect(tonesOf(gcp, old)).toEqual(rotate);
    expect(tonesOf(aws, { credentialSavedAt: now - 90 * day })).toEqual([]);
    expect(tonesOf(azure, old)).toEqual([]);
  });

  test('nothing where none is kept here', () => {
    const old = { credentialSavedAt: now - 400 * day };
    const profile: ConnectionView['settings'] = { ...aws, signIn: 'profile', profile: 'backup' };
    expect(tonesOf(profile, old)).toEqual([]);
    expect(savedWords(connectionView(profile, old), now)).toBe('');
    expect(tonesOf(aws, { ...old, credentialHint: '' })).toEqual([]);
    expect(savedWords(connectionView(aws, { credentialSavedAt: now - 40 * day }), now)).toBe('saved 40 days ago');
  });
});

describe('a key file', () => {
  const privateKey = randomBytes(20).toString('hex');
  const file = {
    type: 'service_account',
    project_id: 'contoso-1',
    private_key: privateKey,
    client_email: 'sync@contoso-1.iam.gserviceaccount.com',
  };

  test('shows whose it is and for which project, and nothing else', () => {
    expect(readKeyFile(JSON.stringify(file))).toEqual({ clientEmail: file.client_email, projectId: 'contoso-1' });
  });

  test.each([
    [`${privateKey} {`, 'That is not JSON.'],
    ['[]', 'not a key file'],
    ['null', 'not a key file'],
    [JSON.stringify({ ...file, type: 'authorized_user' }), 'of the type “authorized_user”'],
    [JSON.stringify({ ...file, type: 'x'.repeat(65) }), 'not a key file'],
    [JSON.stringify({ ...file, private_key: '' }), 'not whole'],
    [JSON.stringify({ ...file, client_email: privateKey }), 'not whole'],
  ])('of another kind is told apart without being quoted: %#', (content, part) => {
    const read = readKeyFile(content);
    expect(read).toEqual({ problem: expect.stringContaining(part) });
    expect(JSON.stringify(read)).not.toContain(privateKey);
  });
});

test('a list of copies left behind can be pasted: a line each, and no name becomes a cell or a formula', () => {
  const orphan: OrphanView = {
    certain: true,
    source: 'kv-prod/api-key',
    targetService: 'acm',
    targetRegion: 'us-east-1',
    targetName: '=cmd|calc\tx\n2',
    targetId: null,
  };
  expect(
    orphanList([orphan, { ...orphan, targetName: 'a', targetId: '@b' }, { ...orphan, certain: false }]).split('\n'),
  ).toEqual([
    'Service\tRegion\tName\tID',
    "AWS Certificate Manager\tus-east-1\t'=cmd|calc x 2\t",
    "AWS Certificate Manager\tus-east-1\ta\t'@b",
    "AWS Certificate Manager\tus-east-1\t'=cmd|calc x 2\tperhaps: its write was never confirmed",
  ]);
});

test('a connection is tested for what its records write to, and for all while it has none', () => {
  const [mine, other] = [randomUUID(), randomUUID()];
  const records = [
    { targetConnectionId: mine, targetService: 'acm' },
    { targetConnectionId: mine, targetService: 'secretsmanager' },
    { targetConnectionId: mine, targetService: 'acm' },
    { targetConnectionId: other, targetService: 'parameterstore' },
  ] as const;
  expect(servicesToTest('aws', mine, records)).toEqual(['secretsmanager', 'acm']);
  expect(servicesToTest('aws', undefined, records)).toEqual(['secretsmanager', 'parameterstore', 'acm']);
  expect(servicesToTest('gcp', other, [])).toEqual(['secretmanager', 'certificatemanager']);
  expect(servicesToTest('azure', mine, records)).toEqual([]);
});
