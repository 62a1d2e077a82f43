import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitTagKey, fitTags } from '../../main/clouds/aws/tags.ts';

const namespace = 'ours:';
const length = (text: string) => Array.from(text).length;

describe('tags for AWS', () => {
  test('what fits stays as it is', () => {
    const tags = { env: 'prod', 'a.b:c/d=e+f-g@h i': 'größe 日本', 'ours:record': 'r1', empty: '' };
    expect(fitTags(tags, namespace)).toEqual(tags);
  });

  test.each([
    ['who?', 'who_'],
    ['a;b\tc', 'a_b_c'],
    ['aws:env', 'aws_env'],
    ['AWS:env', 'AWS_env'],
    ['xaws:env', 'xaws:env'],
    ['😀', '_'],
    ['  ', ''],
    ['k'.repeat(200), 'k'.repeat(128)],
    ['日'.repeat(129), '日'.repeat(128)],
  ])('key %j becomes %j', (key, fitted) => expect(fitTagKey(key)).toBe(fitted));

  test('values are cut and cleaned', () => {
    expect(fitTags({ a: 'v'.repeat(300), b: 'x<y>\n' }, namespace)).toEqual({ a: 'v'.repeat(256), b: 'x_y__' });
  });

  test('ours come first when there are too many, or when two become one', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`a${index + 10}`, 'x']));
    const fitted = fitTags({ ...many, 'ours:record': 'r1', 'ours:source': 's' }, namespace);
    expect(Object.keys(fitted)).toHaveLength(50);
    expect(fitted).toMatchObject({ 'ours:record': 'r1', 'ours:source': 's', a10: 'x' });
    expect(fitTags({ 'a?': 'first', 'a;': 'second' }, namespace)).toEqual({ a_: 'second' });
  });

  test('any tags become tags that AWS takes, each found again by its key', () => {
    const tagText = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(fc.dictionary(tagText, tagText, { maxKeys: 70 }), (tags) => {
        const fitted = fitTags(tags, namespace);
        const entries = Object.entries(fitted);
        expect(entries.length).toBeLessThanOrEqual(50);
        for (const [key, value] of entries) {
          expect(key).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u);
          expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u);
          expect(key).not.toMatch(/^aws:/i);
          expect(length(key)).toBeLessThanOrEqual(128);
          expect(length(value)).toBeLessThanOrEqual(256);
          expect(fitTagKey(key)).toBe(key);
        }
        const keys = new Set(Object.keys(tags).map(fitTagKey));
        expect(entries.every(([key]) => keys.has(key))).toBe(true);
      }),
    );
  });
});
