import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { operations } from '../../../preload/contract/operations.ts';
import { bundleNameOf, keyProblems, partsOf } from '../../../renderer/screens/add-sync/bundle.ts';
import {
  type Draft,
  emptyDraft,
  type Item,
  newRecords,
  wantedRecords,
} from '../../../renderer/screens/add-sync/draft.ts';
import { problemOf } from '../../../renderer/screens/add-sync/problems.ts';

const secret = (name: string): Item => ({ kind: 'secret', name });
const secrets = ['api-key', 'constructor', 'smtp'].map(secret);
const certificate: Item = { kind: 'certificate', name: 'www' };
const together: Draft = {
  ...emptyDraft,
  connectionId: randomUUID(),
  vault: 'kv-prod',
  targetConnectionId: randomUUID(),
  region: 'us-east-1',
  secretForm: 'json-object',
  together: true,
};
const withKey = (name: string, key: string): Draft => ({ ...together, bundleKeys: new Map([[name, key]]) });
const problem = (draft: Draft, items = secrets) =>
  problemOf(2, draft, { items, refusals: [], answer: undefined, schedule: null });

test('secrets go together only as JSON objects, where it was asked for and there are several', () => {
  expect(partsOf(together, secrets)).toEqual([
    { name: 'api-key', key: 'api-key' },
    { name: 'constructor', key: 'constructor' },
    { name: 'smtp', key: 'smtp' },
  ]);
  expect(partsOf(withKey('smtp', ' SMTP '), secrets)[2]).toEqual({ name: 'smtp', key: 'SMTP' });
  expect(partsOf({ ...together, together: false }, secrets)).toEqual([]);
  expect(partsOf({ ...together, secretForm: 'whole' }, secrets)).toEqual([]);
  expect(partsOf(together, [secret('api-key'), certificate])).toEqual([]);
});

test('they become one record as the contract takes it, beside those of the certificates', () => {
  const draft: Draft = { ...withKey('api-key', 'API'), bundleName: ' orders ' };
  const items = [...secrets, certificate];
  expect(wantedRecords(draft, items).map(({ name, nameAfter }) => [name, nameAfter])).toEqual([
    ['api-key', 'orders'],
    ['www', 'www'],
  ]);
  const names = ['orders', 'www'].map((name) => ({ name, key: '', targetName: `p/${name}`, problems: [] }));
  const { records } = operations['records.create'].input.parse({ records: newRecords(draft, items, names) });
  expect(records.map(({ sourceName, targetName, shape }) => [sourceName, targetName, shape])).toEqual([
    [
      'api-key',
      'p/orders',
      {
        kind: 'json-object',
        key: 'API',
        more: [
          { name: 'constructor', key: 'constructor' },
          { name: 'smtp', key: 'smtp' },
        ],
      },
    ],
    ['www', 'p/www', { kind: 'pem' }],
  ]);
});

test('the target is named after the first secret until a name is typed', () => {
  const parts = partsOf(together, secrets);
  expect(bundleNameOf({ bundleName: ' ' }, parts)).toBe('api-key');
  expect(bundleNameOf({ bundleName: 'orders' }, parts)).toBe('orders');
});

test.each([
  ['', 'Type the key.'],
  ['  ', 'Type the key.'],
  ['k'.repeat(257), 'A key has at most 256 characters.'],
  ['api-key', 'api-key has this key already.'],
] as const)('the key %j is refused at its secret', (key, sentence) => {
  const draft = withKey('smtp', key);
  expect([...keyProblems(partsOf(draft, secrets))]).toEqual([['smtp', sentence]]);
  expect(problem(draft)).toEqual({ field: 'bundleKeys', sentence: `smtp: ${sentence}` });
});

test('keys that are all good, and as many secrets as the contract takes, stand in nobody’s way', () => {
  const many = Array.from({ length: 51 }, (_, index) => secret(`s${index}`));
  expect(problem(together)).toBeUndefined();
  expect(problem(together, many.slice(1))).toBeUndefined();
  expect(problem(together, many)?.field).toBe('together');
  expect(problem({ ...together, together: false, objectKey: 'value' }, many)).toBeUndefined();
});
