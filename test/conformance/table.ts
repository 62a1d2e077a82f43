import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';

/** What the suites that belong in the table are called after their place. */
const asTarget = ' as a target';
const marks = { passed: '✓', failed: '✗', skipped: '–', pending: '–' } as const;

/** One place that the suite was run on. */
interface Place {
  readonly name: string;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

interface Outcome {
  readonly state: keyof typeof marks;
  /** What the service does instead, by its nature. */
  readonly instead?: string;
}

/** Prints, after everything else, which case of the conformance suite had which outcome on which target. */
export class ConformanceTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const suites = modules.flatMap(({ children }) => [...children.allSuites()]);
    const places = suites.filter(({ name }) => name.endsWith(asTarget)).map(placeOf);
    if (places.length > 0) process.stdout.write(`\n${tableOf(places.sort((a, b) => (a.name < b.name ? -1 : 1)))}\n`);
  }
}

function placeOf(suite: TestSuite): Place {
  const outcomes = new Map([...suite.children.allTests()].map((test) => [test.name, outcomeOf(test)]));
  return { name: suite.name.slice(0, -asTarget.length), outcomes };
}

function outcomeOf(test: TestCase): Outcome {
  const { instead } = test.meta();
  return { state: test.result().state, ...(instead === undefined ? {} : { instead }) };
}

function tableOf(places: readonly Place[]): string {
  const cases = [...new Set(places.flatMap(({ outcomes }) => [...outcomes.keys()]))];
  const notes = [
    ...new Set(places.flatMap(({ outcomes }) => [...outcomes.values()].flatMap((one) => one.instead ?? []))),
  ];
  const passed = places.flatMap(({ outcomes }) => [...outcomes.values()]).filter(({ state }) => state === 'passed');
  const cell = ({ outcomes }: Place, name: string) => {
    const outcome = outcomes.get(name);
    if (!outcome) return '';
    return marks[outcome.state] + (outcome.instead === undefined ? '' : notes.indexOf(outcome.instead) + 1);
  };
  const letter = (index: number) => String.fromCharCode('A'.charCodeAt(0) + index);
  const width = Math.max(...cases.map(({ length }) => length));
  const row = (title: string, cells: readonly string[]) =>
    `  ${title.padEnd(width)}  ${cells.map((text) => text.padEnd(4)).join('')}`.trimEnd();
  return [
    `Conformance: ${passed.length} of ${cases.length * places.length} outcomes as they should be (${cases.length} cases × ${places.length} targets)`,
    ...places.map(({ name }, index) => `  ${letter(index)}  ${name}`),
    row(
      '',
      places.map((_, index) => letter(index)),
    ),
    ...cases.map((name) =>
      row(
        name,
        places.map((place) => cell(place, name)),
      ),
    ),
    ...(notes.length > 0 ? ['  What a service does instead:'] : []),
    ...notes.map((note, index) => `  ${String(index + 1).padStart(2)}  ${note}`),
  ].join('\n');
}
