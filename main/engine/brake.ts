import { setImmediate as breathe } from 'node:timers/promises';
import { deletionPolicyOf } from '../domain/decision.ts';
import type { EngineDeps } from './deps.ts';
import { stretch } from './planning.ts';

const day = 24 * 3_600_000;
/** Up to so many removals within a day are carried out whatever share of the records they are. */
const always = 10;
/** More than this share of the records that follow their sources is not carried out without a person. */
const share = 0.1;

/** Stops removals that are too many to be meant: a vault emptied by mistake must not empty the targets. One for all runs. */
export class Brake {
  readonly #deps: Pick<EngineDeps, 'store' | 'settings' | 'clock'>;
  /** Records whose removal is let through and not entered yet. */
  readonly #let = new Set<string>();

  constructor(deps: Pick<EngineDeps, 'store' | 'settings' | 'clock'>) {
    this.#deps = deps;
  }

  /**
   * Whether the targets of all these records may be removed, with what was removed within a day and what is being removed. Until
   * `release` they count as being removed.
   */
  async lets(recordIds: readonly string[]): Promise<boolean> {
    if (recordIds.every((id) => this.#let.has(id))) return true;
    if (this.#count(recordIds) > always) {
      const most = share * (await this.#followers());
      // Counted again: others may have been let through meanwhile.
      if (this.#count(recordIds) > Math.max(always, most)) return false;
    }
    for (const id of recordIds) this.#let.add(id);
    return true;
  }

  /** Once its end is entered. */
  release(recordId: string): void {
    this.#let.delete(recordId);
  }

  #count(more: readonly string[]): number {
    const { journal } = this.#deps.store;
    const open = journal.openIntents().filter(({ mode }) => mode === 'delete');
    const under = new Set([...this.#let, ...open.map(({ recordId }) => recordId), ...more]);
    return under.size + journal.countDeletes(this.#deps.clock.now() - day);
  }

  /** How many records there are whose targets follow their sources. */
  async #followers(): Promise<number> {
    const { store, settings } = this.#deps;
    let count = 0;
    for (let since: number | null = null, more = true; more; ) {
      const page: ReturnType<typeof store.records.changes> = store.records.changes(since, stretch);
      const now = settings();
      count += page.rows.filter(({ record }) => deletionPolicyOf(record, now) === 'follow').length;
      since = page.revision;
      more = page.more;
      if (more) await breathe();
    }
    return count;
  }
}
