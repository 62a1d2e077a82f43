import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../runtime/process.mjs';

const here = root.slice(0, -1);
/** Folders of this machine, in which no file of the project may say it lives. */
const places = [here, dirname(here)].filter((path) => !['/', tmpdir()].includes(path));

// Put together here, so that this file doesn't hold what it looks for.
const registries = ['npmjs', 'yarnpkg'].map((name) => `registry.${name}`);

const forbidden: readonly (readonly [what: string, inside: (text: string) => boolean])[] = [
  ['a folder of one machine', (text) => places.some((place) => text.includes(`${place}/`))],
  ['a home folder', (text) => /(?<![\w.])\/(root|(home|Users)\/[a-z][\w-]*)\/|\b[A-Z]:\\Users\\/.test(text)],
  // A header alone, as code that reads keys has it, is none.
  ['a private key', (text) => /BEGIN [A-Z ]*PRIVATE KEY-----(\s|\\n|['"`+])*[A-Za-z0-9+/=]{20}/.test(text)],
  ['the host of a package registry', (text) => registries.some((host) => text.includes(host))],
  ['where a package was fetched', (text) => /"resolved": *"https?:/.test(text)],
];

/** @returns which of the forbidden things a text holds */
function found(text: string): string[] {
  return forbidden.filter(([, inside]) => inside(text)).map(([what]) => what);
}

/** Every file that is, or is about to be, under version control. */
function trackedFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const listed = execFileSync('git', args, { cwd: here, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: here, encoding: 'utf8' }).split('\0');
  return listed.split('\0').filter((path) => path !== '' && !deleted.includes(path));
}

describe('files under version control', () => {
  it('hold no key, no registry and no place of one machine', () => {
    const paths = trackedFiles();
    expect(paths).toContain('package.json');
    const guilty = paths.flatMap((path) =>
      found(readFileSync(join(here, path), 'latin1')).map((what) => `${path} holds ${what}`),
    );
    expect(guilty).toEqual([]);
  });

  it.each([
    ['a folder of one machine', `see ${here}/main`],
    ['a home folder', `see /${'home'}/ann/x`],
    ['a home folder', `see /${'root'}/x`],
    ['a private key', `-----BEGIN ${'RSA'} PRIVATE KEY-----\n${'M'.repeat(64)}\n`],
    ['a private key', `'-----BEGIN ${'PRIVATE'} KEY-----\\n' + '${'M'.repeat(64)}'`],
    ['the host of a package registry', `https://registry.${'npmjs'}.org/zod`],
    ['where a package was fetched', `"resolved": "${'https'}://example.com/zod.tgz"`],
  ])('are searched for %s', (what, text) => {
    expect(found(text)).toContain(what);
  });

  it('may speak of the header of a key', () => {
    expect(found(`pem.startsWith('-----BEGIN ${'PRIVATE'} KEY-----')`)).toEqual([]);
  });
});
