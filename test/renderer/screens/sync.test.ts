import { expect, test } from 'vitest';
import { inOrder } from '../../../renderer/screens/sync/columns.ts';
import { everything, shownRecords } from '../../../renderer/screens/sync/shown.ts';
import { recordView } from '../views.ts';

const names = (records: readonly { readonly sourceName: string }[]) => records.map(({ sourceName }) => sourceName);

test('every word of the search must be found, in any field, whatever its case', () => {
  const all = [
    recordView({ sourceName: 'billing-api', targetRegion: 'eu-west-1' }),
    recordView({ sourceName: 'orders-db', targetRegion: 'eu-west-1' }),
    recordView({ sourceName: 'billing-db', sentence: 'AWS refused PutSecretValue.' }),
  ];
  expect(names(shownRecords(all, 'EU-WEST billing', everything).records)).toEqual(['billing-api']);
  expect(names(shownRecords(all, 'putsecret', everything).records)).toEqual(['billing-db']);
  expect(shownRecords(all, '  ', everything).records).toHaveLength(3);
  expect(shownRecords(all, 'nothing like it', everything).records).toEqual([]);
});

test('a record of several secrets is found by each of them', () => {
  const shape = { kind: 'json-object' as const, key: 'api', more: [{ name: 'smtp-relay', key: 'smtp' }] };
  const all = [recordView({ sourceName: 'api-key', shape }), recordView({ sourceName: 'other' })];
  expect(names(shownRecords(all, 'smtp-relay', everything).records)).toEqual(['api-key']);
});

test('the filters count what the search found, not what another filter shows', () => {
  const all = [
    recordView({ sourceName: 'a', status: 'failed' }),
    recordView({ sourceName: 'a2', status: 'synced', enabled: false }),
    recordView({ sourceName: 'b', status: 'failed' }),
  ];
  const shown = shownRecords(all, 'a', { ...everything, status: 'failed' });
  // 'a' is also in every vault's and target's name, so all three are found.
  expect(shown.counts.status).toEqual({
    all: 3,
    synced: 1,
    pending: 0,
    syncing: 0,
    failed: 2,
    unknown: 0,
    waiting: 0,
    paused: 1,
  });
  expect(names(shown.records)).toEqual(['a', 'b']);
  expect(names(shownRecords(all, '', { ...everything, status: 'paused' }).records)).toEqual(['a2']);
});

test('what waits for a person is found whatever its status, and by its schedule and rule too', () => {
  const all = [
    recordView({ sourceName: 'a', status: 'unknown', choices: ['overwrite', 'unlink'] }),
    recordView({ sourceName: 'b', status: 'unknown', scheduleWords: 'at 02:00 on weekdays' }),
    recordView({ sourceName: 'c', rule: 'Mirror production' }),
  ];
  expect(names(shownRecords(all, '', { ...everything, status: 'waiting' }).records)).toEqual(['a']);
  expect(shownRecords(all, '', everything).counts.status.waiting).toBe(1);
  expect(names(shownRecords(all, 'weekdays', everything).records)).toEqual(['b']);
  expect(names(shownRecords(all, 'mirror', everything).records)).toEqual(['c']);
});

test('fixed schedules come by their hours, then cron, then those without one', () => {
  const all = [
    recordView({ sourceName: 'manual', schedule: { kind: 'manual' } }),
    recordView({ sourceName: 'cron', schedule: { kind: 'cron', expression: '0 2 * * *', timeZone: 'UTC' } }),
    recordView({ sourceName: 'daily', schedule: { kind: 'every', hours: 24 } }),
    recordView({ sourceName: 'hourly', schedule: { kind: 'every', hours: 1 } }),
  ];
  expect(names(inOrder(all, [{ id: 'schedule', desc: false }]))).toEqual(['hourly', 'daily', 'cron', 'manual']);
});

test('filters work together, and each counts with the others as they are', () => {
  const all = [
    recordView({ sourceName: 'a', status: 'failed' }),
    recordView({ sourceName: 'b', status: 'failed', sourceKind: 'certificate', targetService: 'acm' }),
    recordView({ sourceName: 'c', sourceKind: 'certificate', targetService: 'certificatemanager' }),
    recordView({ sourceName: 'd', sourceKind: 'certificate', targetService: 'secretsmanager' }),
  ];
  const shown = shownRecords(all, '', { status: 'all', kind: 'certificate', service: 'acm' });
  expect(names(shown.records)).toEqual(['b']);
  expect(shown.counts.status).toMatchObject({ all: 1, failed: 1, synced: 0 });
  expect(shown.counts.kind).toEqual({ all: 1, secret: 0, certificate: 1 });
  expect(shown.counts.service).toMatchObject({ all: 3, acm: 1, certificatemanager: 1, secretsmanager: 1 });
  expect(names(shownRecords(all, '', { ...everything, kind: 'secret' }).records)).toEqual(['a']);
});

test('a record is also found by its kind and by the name of its service', () => {
  const all = [
    recordView({ sourceName: 'a' }),
    recordView({ sourceName: 'b', sourceKind: 'certificate', targetService: 'acm' }),
  ];
  expect(names(shownRecords(all, 'certificate acm', everything).records)).toEqual(['b']);
  expect(names(shownRecords(all, 'secrets manager', everything).records)).toEqual(['a']);
});

test('what needs a person comes first by status, and equals keep their order', () => {
  const all = [
    recordView({ sourceName: 'ok-1' }),
    recordView({ sourceName: 'bad', status: 'failed' }),
    recordView({ sourceName: 'ok-2' }),
    recordView({ sourceName: 'doubt', status: 'unknown' }),
  ];
  expect(names(inOrder(all, [{ id: 'status', desc: false }]))).toEqual(['bad', 'doubt', 'ok-1', 'ok-2']);
  expect(names(inOrder(all, [{ id: 'status', desc: true }]))).toEqual(['ok-1', 'ok-2', 'doubt', 'bad']);
});

test('what never ran comes last, whichever way round', () => {
  const all = [
    recordView({ sourceName: 'never' }),
    recordView({ sourceName: 'old', lastRunAt: 1 }),
    recordView({ sourceName: 'new', lastRunAt: 2 }),
  ];
  expect(names(inOrder(all, [{ id: 'lastRun', desc: true }]))).toEqual(['new', 'old', 'never']);
  expect(names(inOrder(all, [{ id: 'lastRun', desc: false }]))).toEqual(['old', 'new', 'never']);
});

test('names are ordered without regard to case, and no order leaves them as they came', () => {
  const all = [recordView({ sourceName: 'b' }), recordView({ sourceName: 'C' }), recordView({ sourceName: 'A' })];
  expect(names(inOrder(all, [{ id: 'source', desc: false }]))).toEqual(['A', 'b', 'C']);
  expect(inOrder(all, [])).toBe(all);
});
