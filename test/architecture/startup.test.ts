import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { root } from '../runtime/process.mjs';
import { type Import, parse } from './imports.ts';

const dist = join(root, 'dist');
/** SDKs, and what only certificates need. */
const sdk = /node_modules\/(@aws-sdk|@smithy|@azure|@google-cloud|google-auth-library|google-gax|node-forge)\//;
const sourceMap = z.object({ sources: z.array(z.string()) });

/** The sources that a built file was made from. */
function sourcesOf(file: string): string[] {
  return sourceMap.parse(JSON.parse(readFileSync(`${file}.map`, 'utf8'))).sources;
}

function importsOf(file: string): readonly Import[] {
  return parse({ path: file, source: readFileSync(file, 'utf8') }).imports;
}

/** A built file and all that are loaded with it. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const { specifier, kind } of importsOf(file))
    if (kind === 'static' && specifier.startsWith('.')) loadedWith(join(dirname(file), specifier), seen);
  return seen;
}

describe('the built main process', () => {
  const entry = join(dist, 'main', 'index.js');

  it('loads no cloud SDK at start', () => {
    const sources = [...loadedWith(entry)].flatMap(sourcesOf);
    expect(sources).toContainEqual(expect.stringMatching(/main\/index\.ts$/));
    expect(sources.filter((source) => sdk.test(source))).toEqual([]);
  });

  it('brings them all the same, for later', () => {
    // A chunk that only passes on what another holds has no map.
    const mapped = readdirSync(join(dist, 'main', 'chunks')).filter((name) => name.endsWith('.map'));
    const sources = mapped.flatMap((name) => sourcesOf(join(dist, 'main', 'chunks', name.slice(0, -'.map'.length))));
    expect(sources).toContainEqual(expect.stringContaining('/@aws-sdk/client-secrets-manager/'));
    expect(sources).toContainEqual(expect.stringContaining('/@azure/keyvault-secrets/'));
  });
});

it('the built preload script loads nothing but Electron, as a sandboxed one can', () => {
  const imports = importsOf(join(dist, 'preload', 'index.cjs'));
  expect(imports.map(({ specifier }) => specifier)).toEqual(['electron']);
});
