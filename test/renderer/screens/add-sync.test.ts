import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { nothingSelected, toggle } from '../../../renderer/components/selection.ts';
import {
  type Draft,
  emptyDraft,
  newRecords,
  notSelectable,
  pickedNames,
  picksKey,
  problemOf,
  templateOf,
} from '../../../renderer/screens/add-sync/draft.ts';
import { sourceItemView } from '../views.ts';

const isRegion = (text: string) => text === 'us-east-1';
const start: Draft = { ...emptyDraft, connectionId: randomUUID(), vault: 'kv-prod' };
const picked: Draft = {
  ...start,
  picks: { [picksKey(start)]: toggle(toggle(nothingSelected, 'smtp'), 'api-key') },
  targetConnectionId: randomUUID(),
  region: 'us-east-1',
};
const names = (problems: string[][]) => ({
  templateProblem: null,
  names: problems.map((each, index) => ({
    vault: 'kv-prod',
    name: `s${index}`,
    targetName: `certifyclouds/s${index}`,
    problems: each,
  })),
});

test('each step names the first field that stands in its way', () => {
  expect(problemOf(0, emptyDraft, undefined, isRegion)?.field).toBe('connection');
  expect(problemOf(0, { ...start, vault: '' }, undefined, isRegion)?.field).toBe('vault');
  expect(problemOf(0, start, undefined, isRegion)).toBeUndefined();
  expect(problemOf(1, start, undefined, isRegion)?.field).toBe('secrets');
  expect(problemOf(1, picked, undefined, isRegion)).toBeUndefined();
  expect(problemOf(2, start, undefined, isRegion)?.field).toBe('targetConnection');
  expect(problemOf(2, { ...picked, region: 'nowhere' }, undefined, isRegion)?.field).toBe('region');
  expect(problemOf(2, { ...picked, rule: 'custom', custom: ' ' }, undefined, isRegion)?.field).toBe('custom');
  expect(problemOf(2, picked, names([[], []]), isRegion)).toBeUndefined();
});

test('a name that cannot be used stops the wizard, and the rest are counted', () => {
  expect(problemOf(2, picked, names([[], ['Too long.'], ['Taken.']]), isRegion)).toEqual({
    field: 'names',
    sentence: 'Too long. And 1 more.',
  });
  const wrongRule = { ...names([]), templateProblem: 'There is no field {nam}.' };
  expect(problemOf(2, picked, wrongRule, isRegion)).toEqual({ field: 'custom', sentence: 'There is no field {nam}.' });
});

test('the rules give the documented templates', () => {
  const rule = (each: Draft['rule']) => templateOf({ rule: each, custom: 'myapp-{name}-sync' }, 'certifyclouds/');
  expect(rule('keep')).toBe('{name}');
  expect(rule('prefix')).toBe('certifyclouds/{name}');
  expect(rule('vault')).toBe('{vault}/{name}');
  expect(rule('custom')).toBe('myapp-{name}-sync');
});

test('a disabled secret and one of a certificate cannot be chosen, each with its reason', () => {
  expect(notSelectable(sourceItemView())).toBeUndefined();
  expect(notSelectable(sourceItemView({ enabled: false }))).toContain('Disabled');
  expect(notSelectable(sourceItemView({ managed: true }))).toContain('certificate');
});

test('ticks are kept for each vault, so that looking into another loses nothing', () => {
  const elsewhere = { ...picked, vault: 'kv-other' };
  expect(pickedNames(elsewhere)).toEqual([]);
  expect(pickedNames({ ...elsewhere, vault: 'kv-prod' })).toEqual(['api-key', 'smtp']);
});

test('one record for each ticked secret, with all that was chosen', () => {
  const targetNames = new Map([
    ['api-key', 'certifyclouds/api-key'],
    ['smtp', 'certifyclouds/smtp'],
    ['other', 'certifyclouds/other'],
  ]);
  const records = newRecords({ ...picked, copyTags: true, conflictPolicy: 'skip', schedule: '24' }, targetNames);
  expect(records.map(({ sourceName, targetName }) => [sourceName, targetName])).toEqual([
    ['api-key', 'certifyclouds/api-key'],
    ['smtp', 'certifyclouds/smtp'],
  ]);
  expect(records[0]).toMatchObject({
    sourceConnectionId: picked.connectionId,
    sourceVault: 'kv-prod',
    targetConnectionId: picked.targetConnectionId,
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    schedule: { kind: 'every', hours: 24 },
    enabled: true,
    copyTags: true,
    conflictPolicy: 'skip',
  });
});
