import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { operations } from '../../../preload/contract/operations.ts';
import type { PlanStepView } from '../../../preload/contract/views.ts';
import { nothingSelected, toggle } from '../../../renderer/components/selection.ts';
import {
  type Draft,
  emptyDraft,
  type Item,
  leftOut,
  newRecords,
  notSelectable,
  pickedItems,
  picksKey,
  servicesFor,
  templateOf,
  wantedRecords,
} from '../../../renderer/screens/add-sync/draft.ts';
import { type Known, problemOf, recordProblems } from '../../../renderer/screens/add-sync/problems.ts';
import { isAsShown } from '../../../renderer/screens/add-sync/useCreate.ts';
import { typedOf } from '../../../renderer/screens/schedule/typed.ts';
import { recordView, sourceItemView } from '../views.ts';

const start: Draft = { ...emptyDraft, connectionId: randomUUID(), vault: 'kv-prod' };
const secrets: readonly Item[] = [
  { kind: 'secret', name: 'api-key' },
  { kind: 'secret', name: 'smtp' },
];
const certificate: Item = { kind: 'certificate', name: 'www' };
const target: Draft = { ...start, targetConnectionId: randomUUID(), region: 'us-east-1' };
const known: Known = { items: secrets, refusals: [], answer: undefined, schedule: null };
const named = (name: string, targetName: string, problems: readonly string[] = [], key = '') => ({
  name,
  key,
  targetName,
  problems,
});

test('each step names the first field that stands in its way', () => {
  expect(problemOf(0, emptyDraft, known)?.field).toBe('connection');
  expect(problemOf(0, { ...start, vault: '' }, known)?.field).toBe('vault');
  expect(problemOf(0, start, known)).toBeUndefined();
  expect(problemOf(1, start, { ...known, items: [] })?.field).toBe('items');
  expect(problemOf(1, start, known)).toBeUndefined();
  expect(problemOf(2, start, known)?.field).toBe('targetConnection');
  expect(problemOf(2, { ...target, region: 'nowhere' }, known)?.field).toBe('region');
  expect(problemOf(2, { ...target, rule: 'custom', custom: ' ' }, known)?.field).toBe('custom');
  expect(problemOf(2, target, known)).toBeUndefined();
});

test('a place is an AWS region or a GCP location, as the service has them', () => {
  expect(problemOf(2, { ...target, region: 'europe-west1' }, known)?.field).toBe('region');
  const gcp = { ...target, service: 'secretmanager' as const };
  expect(problemOf(2, { ...gcp, region: 'europe-west1' }, known)).toBeUndefined();
  expect(problemOf(2, { ...gcp, region: 'global' }, known)).toBeUndefined();
  expect(problemOf(2, { ...gcp, region: 'us-east-1' }, known)?.field).toBe('region');
});

test('a certificate that the service would refuse stops the wizard at the service', () => {
  const refusal = 'www: GCP takes no P-521 key.';
  expect(problemOf(2, target, { ...known, refusals: [{ sentence: refusal }] })).toEqual({
    field: 'service',
    sentence: refusal,
  });
});

test('a form that needs a key asks for it, but only where there is a secret', () => {
  const keys = { ...target, secretForm: 'json-key' as const, jsonKeys: ' \n ' };
  expect(problemOf(2, keys, known)?.field).toBe('jsonKeys');
  expect(problemOf(2, { ...keys, jsonKeys: 'k'.repeat(257) }, known)?.field).toBe('jsonKeys');
  expect(problemOf(2, { ...keys, jsonKeys: 'user' }, known)).toBeUndefined();
  expect(problemOf(2, keys, { ...known, items: [certificate] })).toBeUndefined();
  const object = { ...target, secretForm: 'json-object' as const };
  expect(problemOf(2, object, known)?.field).toBe('objectKey');
  expect(problemOf(2, { ...object, objectKey: 'value' }, known)).toBeUndefined();
});

test('a name that cannot be used stops the wizard, and the rest are counted', () => {
  const names = [named('a', 'x'), named('b', 'y', ['Too long.']), named('c', 'z', ['Taken.'])];
  expect(problemOf(2, target, { ...known, answer: { templateProblem: null, names } })).toEqual({
    field: 'names',
    sentence: 'Too long. And 1 more.',
  });
  const answer = { templateProblem: 'There is no field {nam}.', names: [] };
  expect(problemOf(2, { ...target, rule: 'custom', custom: '{nam}' }, { ...known, answer })).toEqual({
    field: 'custom',
    sentence: 'There is no field {nam}.',
  });
  expect(problemOf(2, target, { ...known, answer })?.field).toBe('names');
});

test('more records than can be created at once are refused before they are sent', () => {
  const jsonKeys = Array.from({ length: 5_001 }, (_, index) => `key${index}`).join('\n');
  expect(problemOf(2, { ...target, secretForm: 'json-key', jsonKeys }, known)?.field).toBe('names');
});

test('the rules give the documented templates, each service in its own way', () => {
  const rule = (each: Draft['rule'], service: Draft['service'] = 'secretsmanager', key = '') =>
    templateOf({ rule: each, custom: 'myapp-{name}-sync', service }, 'certifyclouds/', key);
  expect(rule('keep')).toBe('{name}');
  expect(rule('prefix')).toBe('certifyclouds/{name}');
  expect(rule('vault')).toBe('{vault}/{name}');
  expect(rule('custom')).toBe('myapp-{name}-sync');
  expect(rule('prefix', 'parameterstore')).toBe('/certifyclouds/{name}');
  expect(rule('vault', 'parameterstore')).toBe('/{vault}/{name}');
  expect(rule('keep', 'parameterstore')).toBe('{name}');
  expect(rule('keep', 'parameterstore', 'user')).toBe('/{name}/user');
  expect(rule('prefix', 'secretmanager', 'user')).toBe('certifyclouds/{name}/user');
  expect(rule('custom', 'parameterstore', 'user')).toBe('myapp-{name}-sync/user');
});

test('only services that take all that is chosen are offered, those made for certificates first', () => {
  expect(servicesFor('aws', secrets)).toEqual(['secretsmanager', 'parameterstore']);
  expect(servicesFor('aws', [certificate])).toEqual(['acm', 'secretsmanager', 'parameterstore']);
  expect(servicesFor('aws', [...secrets, certificate])).toEqual(['secretsmanager', 'parameterstore']);
  expect(servicesFor('gcp', [certificate])).toEqual(['certificatemanager', 'secretmanager']);
});

test('what is disabled in Azure cannot be chosen, with the reason', () => {
  expect(notSelectable(sourceItemView())).toBeUndefined();
  expect(notSelectable(sourceItemView({ enabled: false }))).toContain('Disabled');
  expect(notSelectable(sourceItemView({ kind: 'certificate', enabled: false }))).toContain('Disabled');
});

test('ticks are kept for each vault, so that looking into another loses nothing', () => {
  const ticked = ['secret/smtp', 'certificate/www', 'secret/api-key'].reduce(toggle, nothingSelected);
  const picked = { ...start, picks: { [picksKey(start)]: ticked } };
  expect(pickedItems({ ...picked, vault: 'kv-other' })).toEqual([]);
  expect(pickedItems(picked)).toEqual([...secrets, certificate]);
  expect(pickedItems({ ...picked, ...leftOut(picked, [certificate]) })).toEqual(secrets);
});

test('each item gets the form that its kind and the service have', () => {
  const shapes = (draft: Partial<Draft>) =>
    wantedRecords({ ...target, ...draft }, [...secrets.slice(0, 1), certificate]).map(({ shape }) => shape);
  expect(shapes({ certificateForm: 'pfx' })).toEqual([{ kind: 'whole' }, { kind: 'pfx' }]);
  expect(shapes({ secretForm: 'json-object', objectKey: ' password ' })).toEqual([
    { kind: 'json-object', key: 'password' },
    { kind: 'pem' },
  ]);
  expect(wantedRecords({ ...target, service: 'acm' }, [certificate])).toEqual([
    { ...certificate, nameAfter: 'www', key: '', shape: { kind: 'whole' } },
  ]);
});

test('one record for each item, with all that was chosen, as the contract takes it', () => {
  const names = [
    named('api-key', 'certifyclouds/api-key'),
    named('smtp', 'certifyclouds/smtp'),
    named('other', 'certifyclouds/other'),
  ];
  const draft: Draft = {
    ...target,
    copyTags: true,
    conflictPolicy: 'skip',
    deletionPolicy: 'follow',
    schedule: typedOf({ kind: 'every', hours: 24 }),
    syncOnChange: true,
    options: { ...target.options, kmsKeyId: ' alias/app ', replicaRegions: 'eu-west-1, eu-central-1' },
  };
  const { records } = operations['records.create'].input.parse({ records: newRecords(draft, secrets, names) });
  expect(records.map(({ sourceName, targetName }) => [sourceName, targetName])).toEqual([
    ['api-key', 'certifyclouds/api-key'],
    ['smtp', 'certifyclouds/smtp'],
  ]);
  expect(records[0]).toMatchObject({
    sourceConnectionId: start.connectionId,
    sourceKind: 'secret',
    sourceVault: 'kv-prod',
    targetConnectionId: target.targetConnectionId,
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    shape: { kind: 'whole' },
    options: { kmsKeyId: 'alias/app', replicaRegions: ['eu-west-1', 'eu-central-1'] },
    schedule: { kind: 'every', hours: 24 },
    enabled: true,
    syncOnChange: true,
    copyTags: true,
    conflictPolicy: 'skip',
    deletionPolicy: 'follow',
  });
});

test('following a deletion is not taken along to a service that can’t take one back', () => {
  const draft: Draft = { ...target, service: 'parameterstore', deletionPolicy: 'follow' };
  const [record] = newRecords(draft, secrets, [named('api-key', '/certifyclouds/api-key')]);
  expect(record?.deletionPolicy).toBe('default');
});

test('a schedule that main refuses stops the wizard at the schedule', () => {
  const refused = { ...known, schedule: 'It never runs: February has no 30th.' };
  expect(problemOf(3, target, refused)).toEqual({ field: 'schedule', sentence: refused.schedule });
  expect(problemOf(2, target, refused)).toBeUndefined();
  expect(problemOf(3, target, known)).toBeUndefined();
});

test('a first plan counts as shown only if every record’s is, in the order of the records', () => {
  const planned = (action: PlanStepView['action'], code: string) => ({ action, code, sentence: '', fix: '' });
  const created = [recordView(), recordView()];
  const [first, second] = created.map(({ id }) => id);
  const steps = [
    { recordId: second ?? '', ...planned('conflict', 'target-unowned') },
    { recordId: first ?? '', ...planned('create', 'new') },
  ];
  const shown = [planned('create', 'new'), planned('conflict', 'target-unowned')];
  expect(isAsShown(created, steps, shown)).toBe(true);
  expect(isAsShown(created, steps, [shown[0] ?? planned('create', ''), planned('create', 'new')])).toBe(false);
  expect(isAsShown(created, steps, [planned('create', 'source-back'), planned('conflict', 'target-unowned')])).toBe(
    false,
  );
  expect(isAsShown(created, steps.slice(1), shown)).toBe(false);
});

test('a JSON secret is split into a record for each key, each key once', () => {
  const draft: Draft = { ...target, secretForm: 'json-key', jsonKeys: 'user\n pass word \n\nuser' };
  const names = [named('api-key', 'p/user', [], 'user'), named('api-key', 'p/pass', [], 'pass word')];
  const records = newRecords(draft, secrets.slice(0, 1), names);
  expect(records.map(({ targetName, shape }) => [targetName, shape])).toEqual([
    ['p/user', { kind: 'json-key', key: 'user' }],
    ['p/pass', { kind: 'json-key', key: 'pass word' }],
  ]);
});

test("main's word on a record is found by its place in the list", () => {
  const problems = recordProblems([
    { path: 'records.2.sourceName', sentence: 'It expired.' },
    { path: 'records.2.targetName', sentence: 'Taken.' },
    { path: 'records', sentence: 'Too many.' },
  ]);
  expect([...problems]).toEqual([[2, 'It expired. Taken.']]);
});
