import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureFaults } from './faults.ts';
import { measureLarge } from './large.ts';
import { measureLoop } from './loop.ts';
import { measureQuota } from './quota.ts';
import { jsonOf, type Measure, tableOf, verdictOf } from './report.ts';

/**
 * Measures the app against the stand-in clouds, both sides of every ratio in this run: `npm run bench`. Prints a table and
 * writes it as JSON to `test-output/bench.json`.
 * - `--only P8,P9` measures these promises alone
 * - `--quick` with fewer records: to see that it runs, not what it gives
 * - `--strict` ends with 1 if a goal is missed; something that could not be measured always does
 * - `--out FILE` writes the JSON there
 */

const groups = [
  { promises: ['P7', 'P11'], measure: measureQuota },
  { promises: ['P8'], measure: measureLoop },
  { promises: ['P9', 'P11', 'P12', 'P14'], measure: measureLarge },
  { promises: ['P10'], measure: measureFaults },
];
const known = [...new Set(groups.flatMap(({ promises }) => promises))];
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: known.join() },
    quick: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    out: { type: 'string', default: resolve(import.meta.dirname, '..', '..', 'test-output', 'bench.json') },
  },
});
const only = new Set(values.only.split(',').map((name) => name.trim().toUpperCase()));
const strange = [...only].filter((name) => !known.includes(name));
if (strange.length > 0) {
  process.stderr.write(`bench: there is no ${strange.join(', ')} to measure; there are ${known.join(', ')}.\n`);
  process.exit(2);
}

const [loadBefore = 0] = loadavg();
if (loadBefore > availableParallelism() / 2)
  process.stdout.write(
    `bench: other programs keep this machine busy (load ${loadBefore.toFixed(1)}): times will be too long.\n`,
  );
const startedAt = Date.now();
const measures: Measure[] = [];
for (const { promises, measure } of groups) {
  const wanted = promises.filter((promise) => only.has(promise));
  if (wanted.length === 0) continue;
  process.stdout.write(`bench: ${wanted.join(', ')} …\n`);
  const found = await measure(only, values.quick).catch((error: unknown) => {
    // What can't be measured must not cost the rest, nor pass for done.
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    const note = error instanceof Error ? error.message : 'it failed';
    return wanted.map(
      (promise) => ({ promise, what: 'not measured', goal: null, figure: null, unit: '', sides: {}, note }) as const,
    );
  });
  process.stdout.write(`${tableOf(found)}\n\n`);
  measures.push(...found);
}
const seconds = Math.round((Date.now() - startedAt) / 1000);
measures.sort((a, b) => known.indexOf(a.promise) - known.indexOf(b.promise));
mkdirSync(dirname(values.out), { recursive: true });
writeFileSync(
  values.out,
  `${JSON.stringify(jsonOf(measures, { quick: values.quick, only: [...only], seconds, loadBefore }), null, 2)}\n`,
);
const missed = measures.filter((measure) => ['NOT met', 'not measured'].includes(verdictOf(measure)));
process.stdout.write(
  `bench: ${measures.length} figures in ${seconds} s, ${missed.length} goals not met${values.quick ? ', with --quick: too few records to mean much' : ''}; ${values.out}\n`,
);
if (values.strict && missed.length > 0) process.exitCode = 1;
