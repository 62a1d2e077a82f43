import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { newRule, type RuleView } from '../../../preload/contract/watch.ts';
import {
  emptyRule,
  firstProblem,
  fitted,
  previewOf,
  problemsIn,
  ruleAsIs,
  ruleOf,
  type TypedRule,
  typedFrom,
} from '../../../renderer/screens/rules/draft.ts';
import { filterWords, kindWords, ruleLook } from '../../../renderer/screens/rules/words.ts';
import { connectionView } from '../views.ts';

const prefix = 'certifyclouds/';

function ruleView(about: Partial<RuleView> = {}): RuleView {
  return {
    id: randomUUID(),
    name: 'Production',
    enabled: true,
    sourceConnectionId: randomUUID(),
    sourceConnection: 'Contoso',
    sourceVault: 'kv-prod',
    filter: { kind: 'secret', names: ['api-*', '*-prod'], tags: ['env=prod', 'team'], contentType: 'application/*' },
    targetConnectionId: randomUUID(),
    targetConnection: 'backup',
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    template: 'certifyclouds/{name}',
    shape: { kind: 'json-key', key: 'password' },
    options: { kmsKeyId: 'alias/app', replicaRegions: ['eu-west-1', 'eu-west-2'] },
    schedule: { kind: 'cron', expression: '0 2 * * *', timeZone: 'Europe/Berlin' },
    scheduleWords: 'at 02:00 (Europe/Berlin)',
    syncOnChange: true,
    copyTags: true,
    conflictPolicy: 'alert',
    deletionPolicy: 'follow',
    limit: 40,
    records: 3,
    state: { checkedAt: 0, matches: 3, refused: 0, problems: [], stopped: null },
    createdAt: 0,
    ...about,
  };
}

/** Enough to be saved. */
const typed: TypedRule = {
  ...emptyRule,
  name: 'All of it',
  connectionId: randomUUID(),
  vault: 'kv-prod',
  targetConnectionId: randomUUID(),
  region: 'us-east-1',
};

function refusedBy(change: Partial<TypedRule>) {
  const checked = ruleOf({ ...typed, ...change }, prefix);
  return 'problems' in checked ? checked.problems : undefined;
}

test.each<Partial<RuleView>>([
  {},
  { template: '{name}', shape: { kind: 'whole' }, options: {} },
  { template: '{vault}/{name}', shape: { kind: 'base64' } },
  { template: 'myapp-{name}-sync', shape: { kind: 'json-object', key: 'value' } },
  {
    targetService: 'parameterstore',
    template: '/certifyclouds/{name}',
    options: { tier: 'advanced' },
    deletionPolicy: 'default',
  },
  {
    filter: { kind: 'certificate', names: [], tags: [], contentType: '' },
    targetService: 'secretmanager',
    targetRegion: 'global',
    shape: { kind: 'pfx' },
    options: { replicaLocations: ['europe-west1'], keepVersions: 5 },
  },
  {
    filter: { kind: 'certificate', names: [], tags: [], contentType: '' },
    targetService: 'acm',
    shape: { kind: 'whole' },
    options: {},
    deletionPolicy: 'default',
  },
  { enabled: false, schedule: { kind: 'manual' } },
])('a rule that is opened and saved is the same: %j', (about) => {
  const rule = ruleView(about);
  expect(ruleOf(typedFrom(rule, prefix), prefix)).toEqual({ rule: ruleAsIs(rule) });
});

test('a rule as it is has nothing of what a screen is shown beside it', () => {
  expect(newRule.safeParse(ruleAsIs(ruleView())).success).toBe(true);
  expect(Object.keys(ruleAsIs(ruleView()))).not.toContain('records');
});

test('a usual naming rule is recognised, any other is a custom one as it was typed', () => {
  expect(typedFrom(ruleView(), prefix).rule).toBe('prefix');
  expect(typedFrom(ruleView({ template: '{name}' }), prefix).rule).toBe('keep');
  expect(typedFrom(ruleView({ template: 'x/{name}' }), prefix)).toMatchObject({ rule: 'custom', custom: 'x/{name}' });
  // Under another prefix than this app's it is custom too.
  expect(typedFrom(ruleView(), 'other/')).toMatchObject({ rule: 'custom', custom: 'certifyclouds/{name}' });
});

test('patterns are separated by commas or spaces, tags by lines; each once, without empty ones', () => {
  const checked = ruleOf(
    { ...typed, names: ' api-*,*-prod  api-*,, ', tags: ' env = prod \n\nteam\nenv = prod' },
    prefix,
  );
  expect(checked).toMatchObject({ rule: { filter: { names: ['api-*', '*-prod'], tags: ['env = prod', 'team'] } } });
});

test.each<readonly [field: string, change: Partial<TypedRule>]>([
  ['name', { name: '  ' }],
  ['sourceConnection', { connectionId: '' }],
  ['vault', { vault: '' }],
  ['vault', { vault: 'no such/vault' }],
  ['names', { names: Array.from({ length: 51 }, (_, index) => `n${index}`).join() }],
  ['names', { names: 'n'.repeat(301) }],
  ['tags', { tags: 't'.repeat(301) }],
  ['contentType', { contentType: 'c'.repeat(301) }],
  ['targetConnection', { targetConnectionId: '' }],
  ['region', { region: 'global' }],
  ['key', { secretForm: 'json-object', key: ' ' }],
  ['kmsKeyId', { options: { ...emptyRule.options, kmsKeyId: 'no key!' } }],
  ['replicaRegions', { options: { ...emptyRule.options, replicaRegions: 'us-east-1' } }],
  ['custom', { rule: 'custom', custom: '{name}'.repeat(200) }],
  ['schedule', { schedule: { rhythm: 'cron', expression: ' ', timeZone: 'UTC' } }],
  ['limit', { limit: '' }],
  ['limit', { limit: 0 }],
  ['limit', { limit: 1.5 }],
])('%s is refused at its field: %j', (field, change) => {
  const problems = refusedBy(change) ?? {};
  expect(Object.keys(problems)).toEqual([field]);
  expect(Object.values(problems)[0]).toMatch(/^[A-Z].+\.$/);
});

test('what is typed for a secret or a service that is not chosen neither counts nor is lost', () => {
  const kept = { ...typed, secretForm: 'json-key', key: '', kind: 'certificate', deletionPolicy: 'follow' } as const;
  expect(ruleOf({ ...kept, service: 'acm' }, prefix)).toMatchObject({
    rule: { shape: { kind: 'whole' }, deletionPolicy: 'default' },
  });
  expect(ruleOf({ ...kept, service: 'secretsmanager' }, prefix)).toMatchObject({
    rule: { shape: { kind: 'pem' }, deletionPolicy: 'follow' },
  });
});

test('what main refuses is marked where it was typed', () => {
  const fields = [
    ['rule.limit', 'Too many.'],
    ['rule.filter.names.2', 'No name matches.'],
    ['rule.filter.names.3', 'Nor this.'],
    ['rule.shape.key', 'Type the key.'],
    ['rule.shape', 'Not in this form.'],
    ['rule.template', 'There is no such field.'],
    ['rule.schedule.expression', 'It never fires.'],
    ['rule.options.keepVersions', 'No such setting.'],
    ['rule.enabled', 'Nobody types that.'],
    ['id', 'Gone.'],
  ].map(([path = '', sentence = '']) => ({ path, sentence }));
  const problems = problemsIn(fields);
  expect(problems).toEqual({
    limit: 'Too many.',
    names: 'No name matches.',
    key: 'Type the key.',
    form: 'Not in this form.',
    custom: 'There is no such field.',
    schedule: 'It never fires.',
    keepVersions: 'No such setting.',
  });
  expect(firstProblem(problems)).toEqual(['names', 'No name matches.']);
  expect(firstProblem({})).toBeUndefined();
});

test('a preview is asked for only what it depends on, and not before there is enough', () => {
  const asked = previewOf({ ...typed, name: '' }, prefix);
  expect(asked).toBeDefined();
  const same: Partial<TypedRule> = {
    name: 'Another',
    enabled: false,
    schedule: { rhythm: 'cron', expression: '', timeZone: 'UTC' },
    syncOnChange: false,
    copyTags: true,
    conflictPolicy: 'skip',
    deletionPolicy: 'follow',
  };
  expect(previewOf({ ...typed, ...same }, prefix)).toEqual(asked);
  expect(previewOf({ ...typed, names: 'api-*' }, prefix)).not.toEqual(asked);
  expect(previewOf({ ...typed, vault: '' }, prefix)).toBeUndefined();
});

test('the service is one that the connection has and that takes what is mirrored', () => {
  const aws = connectionView({ provider: 'aws', signIn: 'keys', region: 'us-east-1' });
  const gcp = connectionView({ provider: 'gcp', signIn: 'adc', projectId: 'contoso-prod', location: 'global' });
  const serviceOf = (change: Partial<TypedRule>) => fitted({ ...typed, ...change }, [aws, gcp]).service;
  expect(serviceOf({ targetConnectionId: aws.id, service: 'parameterstore' })).toBe('parameterstore');
  expect(serviceOf({ targetConnectionId: aws.id, service: 'acm' })).toBe('secretsmanager');
  expect(serviceOf({ targetConnectionId: aws.id, service: 'acm', kind: 'certificate' })).toBe('acm');
  expect(serviceOf({ targetConnectionId: gcp.id, service: 'secretsmanager' })).toBe('secretmanager');
  expect(serviceOf({ targetConnectionId: '', service: 'acm' })).toBe('acm');
});

test('a filter is told in words', () => {
  expect(filterWords({ kind: 'secret', names: [], tags: [], contentType: '' })).toBe('Secrets');
  expect(filterWords(ruleView().filter)).toBe(
    'Secrets named api-* or *-prod, tagged env=prod and team, of content type application/*',
  );
  expect(kindWords(1, 'certificate')).toBe('1 certificate');
  expect(kindWords(1200, 'secret')).toBe('1,200 secrets');
});

test('a rule shows the worst of what there is to say of it', () => {
  const state = { checkedAt: 0, matches: 3, refused: 2, problems: [], stopped: null };
  const stopped = { code: 'rule-limit', sentence: 'Too many.', fix: 'Raise it.' };
  const word = (about: Partial<RuleView>) => ruleLook(ruleView(about)).word;
  expect(word({})).toBe('Mirroring');
  expect(word({ state: null })).toBe('Not looked yet');
  expect(word({ state })).toBe('2 without a record');
  expect(word({ state: { ...state, stopped } })).toBe('Stopped');
  expect(word({ enabled: false, state: { ...state, stopped } })).toBe('Off');
});
