import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findElectron } from '../runtime/electron.mjs';
import { chainCells, keyCells } from './cells.ts';
import { OpenSsl } from './openssl.ts';
import { summariesOf } from './summary.ts';

const child = fileURLToPath(new URL('./summary-child.ts', import.meta.url));

/** The product's own runtime has BoringSSL in place of OpenSSL. Bytes written in one must be those written in the other. */
test('Electron reads and writes every cell as Node does', async () => {
  const { executable } = await findElectron();
  const cells = OpenSsl.use((openssl) => [...keyCells(openssl), ...chainCells(openssl)]);
  const contents = cells.map(({ content }) => content);
  const output = execFileSync(executable, ['--import', 'tsx', child], {
    input: JSON.stringify(contents),
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const inElectron: unknown[] = JSON.parse(output);
  const named = (summaries: readonly unknown[]) =>
    summaries.map((summary, index) => ({ cell: `${cells[index]?.row}: ${cells[index]?.column}`, summary }));
  expect(cells.length).toBeGreaterThan(200);
  expect(named(inElectron)).toEqual(named(summariesOf(contents)));
}, 60_000);
