import type { Journal } from '../../main/store/ports.ts';
import { startApp } from './app.ts';

/**
 * The real app in a process of its own, which syncs one record and dies of SIGKILL at a step of the journal, if one is named.
 * Told through its environment: where the profile is, SECRET_KEY, the record, and `before finish`, `after sealIntent`, …
 * Prints `synced STATUS` if it lives to see the end.
 */
const { CRASH_DIRECTORY, CRASH_SECRET_KEY, CRASH_RECORD, CRASH_AT } = process.env as Readonly<Record<string, string>>;
if (!CRASH_DIRECTORY || !CRASH_SECRET_KEY || !CRASH_RECORD) throw new Error('the parent has to say what to do');

const app = await startApp({ directory: CRASH_DIRECTORY, secretKey: CRASH_SECRET_KEY });
const [moment, step] = (CRASH_AT ?? '').split(' ');
if (moment && step) dieAt(app.store.journal, moment, step);
await app.sync([CRASH_RECORD]);
process.stdout.write(`synced ${(await app.record(CRASH_RECORD)).status}\n`);
await app.end({ keep: true });

/** Nothing gets a chance to tidy up: the process ends inside the call. */
function dieAt(journal: Journal, when: string, name: string): void {
  const steps = journal as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>;
  const work = steps[name]?.bind(journal);
  if (!work) throw new Error(`the journal has no step ${name}`);
  const die = () => process.kill(process.pid, 'SIGKILL');
  steps[name] = (...args) => {
    if (when === 'before') die();
    const result = work(...args);
    if (when !== 'after') return result;
    return result instanceof Promise ? result.then(die) : die();
  };
}
