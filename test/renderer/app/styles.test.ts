import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const renderer = join(import.meta.dirname, '..', '..', '..', 'renderer');

/** The classes that a style sheet's selectors begin with: those that it gives a look to on its own account. */
function classesIn(css: string): Set<string> {
  const selectors = [...css.replace(/\/\*.*?\*\//gs, '').matchAll(/([^{}]+)\{/g)].flatMap(([, list = '']) =>
    list.split(','),
  );
  return new Set(selectors.flatMap((selector) => /^\s*\.([\w-]+)/.exec(selector)?.[1] ?? []));
}

// A screen's styles come with it and stay in the window: of two for one name, each would change the other's screen.
test('every class has its look from one style sheet', () => {
  const owners = new Map<string, string[]>();
  const sheets = readdirSync(renderer, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.css'));
  for (const sheet of sheets)
    for (const name of classesIn(readFileSync(join(renderer, sheet), 'utf8')))
      owners.set(name, [...(owners.get(name) ?? []), sheet]);
  expect(sheets.length).toBeGreaterThan(10);
  expect([...owners].filter(([, of]) => of.length > 1)).toEqual([]);
});
