import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { excludedBy, exclusionsIn, matchesGlob, matchesTag, parseExclusion } from '../../main/domain/exclusions.ts';

const item = (change: Partial<{ vault: string; name: string; tags: Record<string, string> }> = {}) => ({
  vault: 'kv-prod',
  name: 'api-key',
  tags: {},
  ...change,
});
const excluded = (patterns: string[], change: Parameters<typeof item>[0]) =>
  excludedBy(exclusionsIn(patterns), item(change))?.pattern;

describe('a pattern', () => {
  it.each([
    ['name:*-local', { field: 'name', glob: '*-local' }],
    ['  vault: kv-dev  ', { field: 'vault', glob: 'kv-dev', pattern: 'vault: kv-dev' }],
    ['tag:no-sync=true', { field: 'tag', key: 'no-sync', glob: 'true' }],
    ['tag: no-sync = true ', { field: 'tag', key: 'no-sync', glob: 'true' }],
    ['tag:no-sync', { field: 'tag', key: 'no-sync', glob: '*' }],
    ['tag:no-sync=', { field: 'tag', key: 'no-sync', glob: '' }],
    ['tag:formula=a=b', { field: 'tag', key: 'formula', glob: 'a=b' }],
    ['name:name:x', { field: 'name', glob: 'name:x' }],
  ])('%s is read', (pattern, parsed) => {
    expect(parseExclusion(pattern)).toMatchObject(parsed);
  });

  it.each([
    ['', /Begin with name:/],
    ['*-local', /Begin with name:/],
    ['Name:x', /Begin with name:/],
    ['names:x', /Begin with name:/],
    ['name', /Begin with name:/],
    ['name:', /after name:/],
    ['vault:   ', /after vault:/],
    ['tag:', /after tag:/],
    ['tag:=true', /tag’s name/],
    ['tag: =', /tag’s name/],
    ['__proto__:x', /Begin with name:/],
  ])('%j can’t be read, and the problem says what to type', (pattern, words) => {
    expect(parseExclusion(pattern)).toEqual({ problem: expect.stringMatching(words) });
    expect(exclusionsIn([pattern, 'name:x'])).toHaveLength(1);
  });

  it('of any text is read or has a problem, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string().map((text) => `tag:${text}`),
        ),
        (text) => {
          const parsed = parseExclusion(text);
          expect('problem' in parsed ? parsed.problem : parsed.glob).toEqual(expect.any(String));
          excludedBy(exclusionsIn([text]), item());
        },
      ),
    );
  });
});

describe('exclusions', () => {
  it('keep out by name, vault and tag, without regard to case, and nothing else', () => {
    expect(excluded(['name:*-local'], { name: 'DB-Local' })).toBe('name:*-local');
    expect(excluded(['name:*-local'], { name: 'local-db' })).toBeUndefined();
    expect(excluded(['name:local'], { name: 'db-local' })).toBeUndefined();
    expect(excluded(['vault:kv-dev'], { vault: 'KV-DEV' })).toBe('vault:kv-dev');
    expect(excluded(['vault:kv-dev'], { vault: 'kv-dev-2' })).toBeUndefined();
    expect(excluded(['tag:no-sync=true'], { tags: { 'No-Sync': 'TRUE' } })).toBe('tag:no-sync=true');
    expect(excluded(['tag:no-sync=true'], { tags: { 'no-sync': 'false' } })).toBeUndefined();
    expect(excluded(['tag:no-sync'], { tags: { 'no-sync': '' } })).toBe('tag:no-sync');
    expect(excluded(['tag:no-sync='], { tags: { 'no-sync': 'x' } })).toBeUndefined();
    expect(excluded([], {})).toBeUndefined();
  });

  it('tell the first of several that match', () => {
    expect(excluded(['vault:kv-dev', 'name:api*', 'name:*'], {})).toBe('name:api*');
  });

  it('do not take what a tag inherits for a tag', () => {
    expect(matchesTag({}, 'constructor', '*')).toBe(false);
    expect(matchesTag({}, '__proto__', '*')).toBe(false);
  });
});

describe('a glob', () => {
  /** The same by another way: as a regular expression. */
  const expected = (glob: string, text: string) => {
    const source = [...glob.toLowerCase()]
      .map((letter) => (letter === '*' ? '.*' : letter === '?' ? '.' : letter.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&')))
      .join('');
    return new RegExp(`^${source}$`, 'su').test(text.toLowerCase());
  };

  it.each([
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['?', '', false],
    ['?', 'é', true],
    ['?', '😀', true],
    ['a*b*c', 'aXbXbXc', true],
    ['a*b*c', 'aXcXb', false],
    ['**', 'x', true],
    ['*a', 'aab', false],
    ['a.c', 'abc', false],
    ['(a+)+$', 'aaaa', false],
    ['[a-z]', 'b', false],
    ['\\*', '\\anything', true],
  ])('%j on %j: %s', (glob, text, matches) => {
    expect(matchesGlob(glob, text)).toBe(matches);
  });

  it('means what it says for any text', () => {
    const alphabet = fc.constantFrom('a', 'B', 'b', '*', '?', '-', '.', '^', 'é', '😀', '\n');
    const texts = fc.array(alphabet, { maxLength: 12 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(texts, texts, (glob, text) => {
        expect(matchesGlob(glob, text)).toBe(expected(glob, text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('that would take a backtracking matcher for ever is answered', () => {
    const glob = `${'a*'.repeat(150)}b`;
    expect(matchesGlob(glob, 'a'.repeat(10_000))).toBe(false);
    expect(matchesGlob(`${'*?'.repeat(150)}`, 'x'.repeat(127))).toBe(false);
    expect(matchesGlob('*'.repeat(300), 'x'.repeat(10_000))).toBe(true);
  });
});
