import { createPrivateKey, createPublicKey } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../main/certificates/index.ts';
import { type Cell, chainCells, keyCells } from './cells.ts';
import { fingerprintOf, OpenSsl } from './openssl.ts';
import { outcomeOf } from './outcome.ts';
import { tableOf } from './table.ts';

// Every file is read into its cell while the cells are made.
const matrix = OpenSsl.use((openssl) => [
  { title: 'key types', cells: keyCells(openssl) },
  { title: 'chain orders', cells: chainCells(openssl) },
]);

describe.each(matrix)('$title', ({ title, cells }) => {
  const outcomes = new Map<Cell, string>();
  afterAll(() => {
    process.stdout.write(`\n${tableOf(title, cells, outcomes)}\n`);
  });

  test.each(cells.map((cell) => ({ name: `${cell.row}: ${cell.column}`, cell })))('$name', ({ cell }) => {
    const { content, expected } = cell;
    const outcome = outcomeOf(() => readBundle(content));
    outcomes.set(cell, 'code' in outcome ? outcome.code : 'read');
    if ('refused' in expected) {
      expect(outcome).toEqual({ code: expected.refused });
      return;
    }
    if ('code' in outcome) throw new Error(`refused with ${outcome.code}`);
    const { leaf, chain, root, privateKey, facts } = outcome.value;
    expect({
      leaf: fingerprintOf(leaf),
      chain: chain.map(fingerprintOf),
      root: root && fingerprintOf(root),
      fingerprint: facts.fingerprint,
      keyType: facts.keyType,
      missingIssuer: facts.missingIssuer,
    }).toEqual({
      leaf: expected.leaf.fingerprint,
      chain: expected.chain.map((one) => one.fingerprint),
      root: expected.root?.fingerprint ?? null,
      fingerprint: expected.leaf.fingerprint,
      keyType: expected.keyType,
      missingIssuer: expected.missingIssuer,
    });
    expect(createPrivateKey(privateKey).equals(createPrivateKey(expected.leaf.key.pem))).toBe(true);
    expect(createPublicKey(privateKey).equals(createPublicKey(leaf))).toBe(true);
  });
});
