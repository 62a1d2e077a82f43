import { performance } from 'node:perf_hooks';
import { serialize } from 'node:v8';
import type { Topic } from '../../preload/contract/events.ts';
import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Output } from '../../preload/contract/operations.ts';
import { createGate } from '../../renderer/bridge/gate.ts';
import { gapFor, isOutOfDate } from '../../renderer/bridge/topics.ts';
import type { BenchApp } from './app.ts';
import { type Blocked, type LoopWatch, watchLoop } from './blocked.ts';

/** What the main screen shows beside the records: see the queries of renderer/app and renderer/screens/sync. */
const shown = [
  ['app.get', {}],
  ['connections.list', {}],
  ['settings.get', {}],
  ['runs.list', { limit: 20 }],
] as const;
/** As renderer/bridge/records asks for them. */
const pages = { first: 500, later: 250 };
/** See main/doors/ipc/events: what happened is told at most ten times a second. */
const batchMs = 100;

/**
 * Does `work` while the main screen is open, which asks again for what has changed, as often as a window does; and tells how
 * long the event loop was kept from others meanwhile. Each answer is made into bytes, as Electron does to send it.
 */
export async function withWindow<T>(app: BenchApp, work: () => Promise<T>): Promise<T & { readonly blocked: Blocked }> {
  let loop: LoopWatch | undefined;
  const ask = async <N extends OperationName>(name: N, input: Input<N>) => {
    const from = performance.now();
    const answer = await app.ask(name, input);
    serialize(answer);
    loop?.tell(`a window’s ${name}`, from);
    return answer;
  };
  const list = await readWhole(ask);
  const readChanges = async () => {
    const { revision, more } = await ask('records.changes', { since: list.revision, limit: pages.later });
    list.revision = revision;
    if (more) gate.mark(['records']);
  };
  // One after the other, as the window asks for its list; none is left over when the window is closed.
  let asking: Promise<unknown> = Promise.resolve();
  const inTurn = (question: () => Promise<unknown>) => {
    asking = asking.then(question);
  };
  const gate = createGate<Topic>(
    (topic) => gapFor(topic, list.records),
    (changed) => {
      if (changed.has('records')) inTurn(readChanges);
      for (const [name, input] of shown) if (isOutOfDate(name, changed)) inTurn(() => ask(name, input));
    },
    {
      now: () => performance.now(),
      after(milliseconds, run) {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    },
  );
  let unsent = new Set<Topic>();
  const outbox = setInterval(() => {
    if (unsent.size === 0) return;
    const topics = [...unsent];
    unsent = new Set();
    gate.mark(topics);
  }, batchMs);
  const watch = watchLoop();
  loop = watch;
  app.listener = {
    changed(topics) {
      for (const topic of topics) unsent.add(topic);
    },
    stored: (step, from) => watch.tell(step, from),
  };
  try {
    const result = await work();
    return { ...result, blocked: watch.stop() };
  } finally {
    watch.stop();
    app.listener = undefined;
    clearInterval(outbox);
    gate.close();
    await asking;
  }
}

/** The list as a window that opens reads it. */
async function readWhole(
  ask: <N extends OperationName>(name: N, input: Input<N>) => Promise<Output<N>>,
): Promise<{ revision: number; readonly records: number }> {
  let page = await ask('records.changes', { since: null, limit: pages.first });
  let records = page.records.length;
  while (page.more) {
    page = await ask('records.changes', { since: page.revision, limit: pages.first });
    records += page.records.length;
  }
  return { revision: page.revision, records };
}
