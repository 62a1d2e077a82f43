import type { Check } from '../domain/check.ts';
import { Failure } from '../domain/failure.ts';
import type { Store } from '../store/ports.ts';
import { checkAudit } from './check-entry.ts';
import { CheckWorker } from './check-worker.ts';
import type { Clock, EngineDeps } from './deps.ts';

/**
 * Checks of targets against their sources: they look, say what they found, and write to no cloud. One at a time: two would
 * ask the clouds the same twice, out of the same quotas that syncs need.
 */
export class Checks {
  readonly #deps: EngineDeps;
  readonly #isSyncing: (recordId: string) => boolean;
  #going: { readonly worker: CheckWorker; readonly begun: Promise<void>; readonly finished: Promise<void> } | undefined;

  /** @param isSyncing a record that is being synced is looked at once that is over */
  constructor(deps: EngineDeps, isSyncing: (recordId: string) => boolean) {
    this.#deps = deps;
    this.#isSyncing = isSyncing;
  }

  /**
   * Begins a check and comes back once it is entered; the rest arrives at the observer. One that is under way and looks at all
   * that is asked for is joined.
   * @param ids null for every record
   * @param values whether values are compared too, where both may be read
   * @throws Failure `not-found` if none of the records exists, `conflict` code `check-going-on`, `auth` while the credential
   * store is locked, and what the store throws
   */
  async start(ids: readonly string[] | null, values: boolean, trigger: Check['trigger']): Promise<Check> {
    this.#deps.keyring();
    const wanted = ids ?? this.#deps.store.records.idsWhere({});
    if (this.#going) {
      const { worker, begun } = this.#going;
      if (!worker.covers(wanted, values)) throw goingOn(worker.check);
      await begun;
      return worker.check;
    }
    const worker = new CheckWorker([...new Set(wanted)], values, trigger, this.#deps, this.#isSyncing);
    const begun = worker.begin();
    const finished = begun.then(() => worker.work());
    const going = { worker, begun, finished };
    this.#going = going;
    const over = () => {
      if (this.#going === going) this.#going = undefined;
    };
    // What failed to begin is told to who began it, below.
    finished.then(over, over);
    await begun;
    return worker.check;
  }

  /** The check under way, as far as it got. */
  active(): Check | undefined {
    return this.#going?.worker.check;
  }

  /** Ends a check: nothing more is looked at, what was found stays. One that is over already is left alone. */
  cancel(id: string): void {
    if (this.#going?.worker.check.id === id) this.#going.worker.cancel();
  }

  /** Ends what is under way and waits until it is entered. */
  async stop(): Promise<void> {
    this.#going?.worker.cancel();
    await this.#going?.finished.catch(() => {});
  }
}

/** More checks than were ever under way when an app was stopped. */
const looked = 50;

/** Ends the checks that an app which was killed had begun. Called once at start, before any new one. */
export function endInterruptedChecks({ checks }: Pick<Store, 'checks'>, clock: Clock): void {
  for (const check of checks.list(looked)) {
    if (check.endedAt !== null) continue;
    const ended = { ...check, endedAt: clock.now(), cancelled: true };
    checks.end(ended, { ...checkAudit(ended, 'failed', 'the app was stopped'), actor: 'recovery' });
  }
}

function goingOn({ total }: Check): Failure {
  return new Failure({
    kind: 'conflict',
    code: 'check-going-on',
    sentence: `Another check is going on, of ${total} records. No second one was begun.`,
    fix: 'Wait until it ends, or cancel it, then press Check now again.',
  });
}
