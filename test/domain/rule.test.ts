import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SourceItem } from '../../main/domain/item.ts';
import { filterProblems, type RuleFilter, ruleMatches } from '../../main/domain/rule.ts';

const item = (change: Partial<SourceItem> = {}): SourceItem => ({
  kind: 'secret',
  vault: 'kv',
  name: 'api-key',
  enabled: true,
  updatedOn: 0,
  tags: {},
  managed: false,
  ...change,
});
const filter = (change: Partial<RuleFilter> = {}): RuleFilter => ({
  kind: 'secret',
  names: [],
  tags: [],
  contentType: '',
  ...change,
});

describe('a rule’s filter', () => {
  test('without anything in it matches all of its kind, but nothing that belongs to a certificate', () => {
    expect(ruleMatches(filter(), item())).toBe(true);
    expect(ruleMatches(filter(), item({ kind: 'certificate' }))).toBe(false);
    expect(ruleMatches(filter(), item({ managed: true }))).toBe(false);
    expect(ruleMatches(filter({ kind: 'certificate' }), item({ kind: 'certificate' }))).toBe(true);
  });

  test.each([
    [['*-key'], true],
    [['API-KEY'], true],
    [['api-?ey'], true],
    [['api'], false],
    [['web-*', 'api-*'], true],
    [['web-*', 'db-*'], false],
  ])('of names %j: one has to match', (names, matches) => {
    expect(ruleMatches(filter({ names }), item())).toBe(matches);
  });

  test.each([
    [['env'], true],
    [['ENV'], true],
    [['env=prod'], true],
    [['env = prod'], true],
    [['env=pr*'], true],
    [['env=dev'], false],
    [['env=prod', 'owner'], true],
    [['env=prod', 'team'], false],
    [['formula=a=b'], true],
    [['empty='], true],
    [['env='], false],
  ])('of tags %j: all have to match', (tags, matches) => {
    const tagged = item({ tags: { env: 'prod', owner: 'ann', formula: 'a=b', empty: '' } });
    expect(ruleMatches(filter({ tags }), tagged)).toBe(matches);
  });

  test('of a content type takes the items that have it', () => {
    expect(ruleMatches(filter({ contentType: 'text/*' }), item({ contentType: 'text/plain' }))).toBe(true);
    expect(ruleMatches(filter({ contentType: 'text/*' }), item())).toBe(false);
    expect(ruleMatches(filter({ contentType: '*' }), item())).toBe(true);
  });

  test('never throws and never takes long, whatever the patterns', () => {
    const text = fc.string({ maxLength: 300 });
    fc.assert(
      fc.property(fc.array(text), fc.array(text), text, fc.dictionary(text, text), (names, tags, contentType, held) => {
        const matched = ruleMatches(filter({ names, tags, contentType }), item({ tags: held, contentType: 'a' }));
        expect(typeof matched).toBe('boolean');
      }),
    );
    expect(ruleMatches(filter({ names: ['*a'.repeat(150)] }), item({ name: 'a'.repeat(127) }))).toBe(false);
  });

  test('says where it can match nothing', () => {
    expect(filterProblems(filter({ names: ['*-prod', 'a?b', 'x'], tags: ['env', 'env=*'] }))).toEqual([]);
    expect(filterProblems(filter({ names: ['ok', 'snake_case', 'a.b'], tags: ['ok', '=prod', ' '] }))).toMatchObject([
      { path: 'names.1' },
      { path: 'names.2' },
      { path: 'tags.1' },
      { path: 'tags.2' },
    ]);
  });
});
