import type { WebContents } from 'electron';
import { channels } from '../../../preload/contract/bridge.ts';
import type { AppEvent, Topic } from '../../../preload/contract/events.ts';
import type { RunView, TestStepView } from '../../../preload/contract/views.ts';
import type { CheckView } from '../../../preload/contract/watch.ts';

const batchMs = 100;

/** Collects what happens and sends it at most ten times a second, so that a large sync does not flood the window. */
interface EventOutbox {
  changed(...topics: Topic[]): void;
  run(run: RunView): void;
  check(check: CheckView): void;
  testStep(testId: string, step: TestStepView): void;
  signInCode(code: AppEvent['signInCodes'][number]): void;
  /** Sends nothing more: what it would be about is being closed. */
  close(): void;
}

/**
 * @param page the window's page, if there is a window
 * @param onSent called after each event
 */
export function createEventOutbox(page: () => WebContents | undefined, onSent: () => void): EventOutbox {
  let topics = new Set<Topic>();
  let runs = new Map<string, RunView>();
  let checks = new Map<string, CheckView>();
  let testSteps: AppEvent['testSteps'] = [];
  let signInCodes: AppEvent['signInCodes'] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const flush = () => {
    timer = undefined;
    const event: AppEvent = {
      changed: [...topics],
      runs: [...runs.values()],
      checks: [...checks.values()],
      testSteps,
      signInCodes,
    };
    topics = new Set();
    runs = new Map();
    checks = new Map();
    testSteps = [];
    signInCodes = [];
    page()?.send(channels.event, event);
    onSent();
  };
  const soon = () => {
    if (timer || closed) return;
    timer = setTimeout(flush, batchMs);
  };

  return {
    changed(...more) {
      for (const topic of more) topics.add(topic);
      soon();
    },
    run(run) {
      runs.set(run.id, run);
      soon();
    },
    check(check) {
      checks.set(check.id, check);
      soon();
    },
    testStep(testId, step) {
      testSteps.push({ testId, step });
      soon();
    },
    signInCode(code) {
      signInCodes.push(code);
      soon();
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
