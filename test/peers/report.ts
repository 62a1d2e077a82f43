import { z } from 'zod';
import type { Peer } from './peer.ts';

/** How far it got with a peer. */
export interface Attempt {
  readonly peer: Peer;
  readonly outcome: 'ran' | 'not served' | 'unreachable' | 'failed';
  /** Why it didn't run. */
  readonly words: string;
}

/** The part of Vitest's JSON report that says which case of which peer's suite ended how. */
export const caseReport = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

interface Counts {
  readonly cases: number;
  readonly alike: number;
  readonly deviations: number;
  readonly failed: number;
}

/** A table of peers and suites, every deviation with its reason, and last a line of counts. */
export function report(attempts: readonly Attempt[], cases: z.infer<typeof caseReport>): string {
  const results = cases.testResults.flatMap(({ assertionResults }) => assertionResults);
  const rows: (readonly string[])[] = [
    ['peer', 'version', 'outcome', 'suite', 'cases', 'as the stand-in', 'deviations', 'failed'],
  ];
  const details: string[] = [];
  const total = { cases: 0, alike: 0, deviations: 0, failed: 0 };
  for (const { peer, outcome, words } of attempts) {
    const head = [peer.name, peer.version, outcome];
    if (outcome !== 'ran') {
      rows.push([...head, '', '', '', '', '']);
      details.push(`${peer.name} ${peer.version}, ${outcome}: ${words}`);
      continue;
    }
    if (Object.keys(peer.suites).length === 0) rows.push([...head, 'none', '', '', '', '']);
    for (const [suite, deviations = []] of Object.entries(peer.suites)) {
      const own = results.filter(({ ancestorTitles: [name, of] }) => name === peer.name && of === suite);
      const passed = own.filter(({ status }) => status === 'passed');
      const known = new Set(deviations.map((deviation) => deviation.case));
      const different = passed.filter(({ title }) => known.has(title)).length;
      const counts: Counts = {
        cases: own.length,
        alike: passed.length - different,
        deviations: different,
        failed: own.length - passed.length,
      };
      for (const name of ['cases', 'alike', 'deviations', 'failed'] as const) total[name] += counts[name];
      rows.push([...head, suite, ...Object.values(counts).map(String)]);
      for (const deviation of deviations) {
        const { does, right, because } = deviation;
        details.push(`${peer.name}, ${suite}: ${deviation.case}\n  ${does}\n  Right: ${right}. ${because}`);
      }
    }
    for (const reason of peer.notAsked) details.push(`${peer.name}, not asked: ${reason}`);
  }
  const outcomes = (['ran', 'not served', 'unreachable', 'failed'] as const).map(
    (outcome) => `${attempts.filter((attempt) => attempt.outcome === outcome).length} ${outcome}`,
  );
  const counted = `${total.cases} cases: ${total.alike} as the stand-in, ${total.deviations} deviations, ${total.failed} failed`;
  return [...table(rows), '', ...details, '', `peers: ${outcomes.join(', ')}; ${counted}`].join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
