import { setImmediate as breathe } from 'node:timers/promises';
import type { Output } from '../../preload/contract/operations.ts';
import { type Exclusion, excludedBy, parseExclusion } from '../domain/exclusions.ts';
import type { SourceItem } from '../domain/item.ts';
import { pagesOfVault } from '../engine/vault-pages.ts';
import type { DiscoveryStore } from '../store/ports.ts';
import type { Handlers, OperationDeps } from './deps.ts';
import { refuseIfGivenUp } from './given-up.ts';
import type { Problem } from './record-checks.ts';

type Preview = Output<'exclusions.preview'>;

const mostExamples = 20;
/** Comparisons of a name with a pattern before everything else has its turn. */
const comparisonsAtOnce = 4_000;

/** What exclusions being typed would keep out. */
export function exclusionHandlers({ store }: Pick<OperationDeps, 'store'>): Handlers<'exclusions.preview'> {
  return {
    'exclusions.preview': async ({ patterns }, { signal }) => {
      const counts = patterns.map((pattern) => new PatternCount(pattern));
      const items = new Tally();
      /** The patterns that keep an item out, where any does. A record's tags are its source's, which only scans know. */
      const outBy = new Map<string, PatternCount[]>();
      const pageSize = Math.max(20, Math.min(500, Math.floor(comparisonsAtOnce / Math.max(1, patterns.length))));
      for await (const { item } of knownItems(store.discovery, pageSize, signal)) {
        const out = counts.filter((count) => count.excludes(item));
        for (const count of out) count.addItem(item);
        if (out.length > 0) outBy.set(keyOf(item.kind, item.vault, item.name), out);
        items.add(out.length > 0);
      }
      const records = new Tally();
      for (const { sourceKind, sourceVault, sourceName } of store.records.places().values()) {
        if (records.all % pageSize === pageSize - 1) await breathe();
        refuseIfGivenUp(signal);
        const source = { vault: sourceVault, name: sourceName, tags: {} };
        const known = outBy.get(keyOf(sourceKind, sourceVault, sourceName));
        const out = known ?? counts.filter((count) => count.excludes(source));
        for (const count of out) count.records += 1;
        records.add(out.length > 0);
      }
      return {
        patterns: counts.map((count) => count.view()),
        items: items.all,
        excluded: items.out,
        records: records.all,
        recordsExcluded: records.out,
        warning: warningOf(counts, items, records),
      };
    },
  };
}

/** What is wrong with patterns, each with its place among them. */
export function exclusionProblems(patterns: readonly string[]): Problem[] {
  return patterns.flatMap((pattern, index) => {
    const parsed = parseExclusion(pattern);
    return 'problem' in parsed ? [{ path: `exclusions.${index}`, sentence: parsed.problem }] : [];
  });
}

class Tally {
  all = 0;
  out = 0;

  add(isOut: boolean): void {
    this.all += 1;
    if (isOut) this.out += 1;
  }
}

class PatternCount {
  records = 0;
  readonly #pattern: string;
  readonly #parsed: ReturnType<typeof parseExclusion>;
  readonly #examples: { vault: string; name: string }[] = [];
  #matches = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#parsed = parseExclusion(pattern);
  }

  get exclusion(): Exclusion | undefined {
    return 'problem' in this.#parsed ? undefined : this.#parsed;
  }

  excludes(item: Pick<SourceItem, 'vault' | 'name' | 'tags'>): boolean {
    return this.exclusion !== undefined && excludedBy([this.exclusion], item) !== undefined;
  }

  addItem({ vault, name }: SourceItem): void {
    this.#matches += 1;
    if (this.#examples.length < mostExamples) this.#examples.push({ vault, name });
  }

  view(): Preview['patterns'][number] {
    const problem = 'problem' in this.#parsed ? this.#parsed.problem : null;
    const { records } = this;
    return { pattern: this.#pattern, problem, matches: this.#matches, records, examples: this.#examples };
  }
}

/** What scans have seen and not missed since. What belongs to a certificate is left out: it is never synced by itself. */
async function* knownItems(discovery: DiscoveryStore, pageSize: number, signal: AbortSignal) {
  for (const { connectionId, vault } of discovery.vaults()) {
    for await (const page of pagesOfVault(discovery, connectionId, vault, pageSize)) {
      refuseIfGivenUp(signal);
      yield* page.filter(({ item, deletedAt }) => deletedAt === null && !item.managed);
    }
  }
}

function warningOf(counts: readonly PatternCount[], items: Tally, records: Tally): string | null {
  const fix =
    'Copies that exist stay as they are and are no longer kept up to date. Make the patterns narrower if that is not meant.';
  const everything = counts.find(
    ({ exclusion }) => exclusion && exclusion.field !== 'tag' && /^\*+$/.test(exclusion.glob),
  );
  if (everything?.exclusion)
    return `${everything.exclusion.pattern.slice(0, 80)} matches everything, so nothing would be synced any more. ${fix}`;
  if (records.all > 0 && records.out === records.all)
    return `Every record (${records.all}) would be excluded, so nothing would be synced any more. ${fix}`;
  if (items.all > 0 && items.out === items.all)
    return `All ${items.all} secrets and certificates that scans have seen would be excluded, so nothing would be left to sync. ${fix}`;
  return null;
}

/** Azure compares names without regard to case, and no two vaults have the same one. */
function keyOf(kind: string, vault: string, name: string): string {
  return [kind, vault, name].join('\n').toLowerCase();
}
