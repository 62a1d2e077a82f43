import { expect, test } from 'vitest';
import type { DiscoveredItem } from '../../../preload/contract/watch.ts';
import { itemFilters, shownItems } from '../../../renderer/screens/discovery/shown.ts';

function item(name: string, about: Partial<DiscoveredItem> = {}): DiscoveredItem {
  return {
    kind: 'secret',
    name,
    enabled: true,
    managed: false,
    contentType: null,
    updatedOn: 0,
    expiresOn: null,
    state: 'known',
    firstSeenAt: 0,
    changedAt: 0,
    deletedAt: null,
    excludedBy: null,
    records: [],
    ...about,
  };
}

const record = {
  id: crypto.randomUUID(),
  targetService: 'secretsmanager',
  targetName: 'certifyclouds/api-key',
  status: 'synced',
  code: 'confirmed',
} as const;
const items = [
  item('api-key', { records: [record] }),
  item('api-local', { excludedBy: 'name:*-local' }),
  item('api-old', { state: 'disabled' }),
  item('API-cert', { kind: 'certificate', state: 'new' }),
  item('api-cert', { managed: true }),
  item('gone', { state: 'deleted', deletedAt: 1 }),
  item('late', { state: 'expired', expiresOn: 1, records: [record] }),
  item('moved', { state: 'changed', records: [record] }),
];
const namesOf = (search: string, filter: (typeof itemFilters)[number]) =>
  shownItems(items, search, filter).shown.map(({ name }) => name);

test('everything is shown in the order it came in, until something is searched for', () => {
  expect(namesOf('', 'all')).toEqual(items.map(({ name }) => name));
  expect(namesOf(' Cert ', 'all')).toEqual(['API-cert', 'api-cert']);
  expect(namesOf('nothing', 'all')).toEqual([]);
});

test('each filter shows what it says', () => {
  expect(namesOf('', 'excluded')).toEqual(['api-local']);
  expect(namesOf('', 'new')).toEqual(['API-cert']);
  expect(namesOf('', 'changed')).toEqual(['moved']);
  expect(namesOf('', 'disabled')).toEqual(['api-old']);
  expect(namesOf('', 'expired')).toEqual(['late']);
  expect(namesOf('', 'deleted')).toEqual(['gone']);
});

test('without a record is what could have one: neither what is gone nor what belongs to a certificate', () => {
  expect(namesOf('', 'unmanaged')).toEqual(['api-local', 'api-old', 'API-cert']);
});

test('each count is what its filter would show of what the search finds', () => {
  for (const search of ['', 'api', 'nothing'])
    for (const filter of itemFilters)
      expect(shownItems(items, search, 'all').counts[filter]).toBe(namesOf(search, filter).length);
});
