import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, composeApp } from '../../main/compose.ts';
import type { Clock } from '../../main/engine/index.ts';
import { systemClock } from '../../main/engine/system-clock.ts';
import { defaultPreferences, type Preferences, type PreferenceValues } from '../../main/store/preferences.ts';
import type { Answer } from '../../preload/contract/bridge.ts';
import type { AppEvent } from '../../preload/contract/events.ts';
import type { FailureView } from '../../preload/contract/failure.ts';
import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Output } from '../../preload/contract/operations.ts';
import type { AttemptView, RecordView, RunView } from '../../preload/contract/views.ts';

/** Real time, but waits before a repetition are cut short. */
export const impatientClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
};

/** The whole app without its window, on a store of its own in a temporary folder. */
export interface TestApp extends App {
  readonly directory: string;
  /** Everything that was sent to the window, as text. */
  readonly sent: string[];
  /** One operation, as the window asks for it. Fails the test if the operation fails. */
  ask<N extends OperationName>(name: N, input: Input<N>): Promise<Output<N>>;
  /** One operation that must fail. */
  refuse<N extends OperationName>(name: N, input: unknown): Promise<FailureView>;
  /** Starts a sync and waits until it has ended. */
  sync(ids: readonly string[]): Promise<RunView>;
  record(id: string): Promise<RecordView>;
  lastAttempt(id: string): Promise<AttemptView>;
  /** Waits until no run is under way. */
  idle(): Promise<void>;
  /** Ends it; with `keep` its folder stays for another start. */
  end(options?: { readonly keep: boolean }): Promise<void>;
}

interface TestAppOptions {
  readonly directory?: string;
  readonly secretKey?: string;
  readonly clock?: Partial<Clock>;
  readonly allowLoopback?: boolean;
  /** What a person answers in the system's dialogs; yes if left out. */
  readonly confirm?: boolean;
  /** Where a person saves a file, null for nowhere; in the app's own folder if left out. */
  readonly chooseFile?: (suggestedName: string) => string | null;
  /** What the system's browser does. */
  readonly openBrowser?: (url: string) => Promise<void>;
  readonly onSignInCode?: (code: AppEvent['signInCodes'][number]) => void;
}

export async function startApp(options: TestAppOptions = {}): Promise<TestApp & { readonly secretKey: string }> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'sync-app-'));
  const secretKey = options.secretKey ?? randomBytes(32).toString('base64');
  const sent: string[] = [];
  const keep = (...event: unknown[]) => void sent.push(JSON.stringify(event));
  const app = composeApp({
    version: '0.0.0',
    directory,
    preferences: memoryPreferences(),
    notices: [],
    openKeychain: () => Promise.reject(new Error('not used: the key comes from the environment')),
    environmentKey: secretKey,
    allowLoopback: options.allowLoopback ?? true,
    clock: { ...impatientClock, ...options.clock },
    events: {
      changed: (...topics) => keep('changed', topics),
      run: (run) => keep('run', run),
      check: (check) => keep('check', check),
      testStep: (testId, step) => keep('testStep', testId, step),
      signInCode: (code) => {
        keep('signInCode', code);
        options.onSignInCode?.(code);
      },
    },
    confirm: async (question, detail) => {
      keep('confirm', question, detail);
      return options.confirm ?? true;
    },
    notify: (body) => keep('notify', body),
    chooseFile: async (suggestedName, what) => {
      keep('chooseFile', suggestedName, what);
      return options.chooseFile ? options.chooseFile(suggestedName) : join(directory, suggestedName);
    },
    openBrowser: async (url) => {
      if (!options.openBrowser) throw new Error('this test opens no browser');
      await options.openBrowser(url);
    },
    report: (reference, operation, { detail }) => keep('report', reference, operation, detail),
  });
  await app.lock.tryOpen();

  const call = async (name: OperationName, input: unknown): Promise<Answer<unknown>> => {
    const answer = await app.call(name, input, new AbortController().signal);
    keep('answer', name, answer);
    return answer;
  };
  const test: TestApp = {
    ...app,
    directory,
    sent,
    async ask<N extends OperationName>(name: N, input: Input<N>) {
      const answer = await call(name, input);
      if (!answer.ok) throw new Error(`${name} failed: ${JSON.stringify(answer.failure)}`);
      return answer.data as Output<N>;
    },
    async refuse(name, input) {
      const answer = await call(name, input);
      if (answer.ok) throw new Error(`${name} succeeded, and should not have`);
      return answer.failure;
    },
    async sync(ids) {
      const { id } = await test.ask('sync.start', { ids: [...ids] });
      await test.idle();
      const run = (await test.ask('runs.list', { limit: 100 })).find((one) => one.id === id);
      if (!run) throw new Error('the run is not listed');
      return run;
    },
    record: (id) => test.ask('records.get', { id }),
    async lastAttempt(id) {
      const [attempt] = await test.ask('records.history', { id, limit: 1 });
      if (!attempt) throw new Error('the record has no history');
      return attempt;
    },
    async idle() {
      while (app.engine.active().length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    },
    async end({ keep: keepFolder } = { keep: false }) {
      await app.stop();
      if (!keepFolder) rmSync(directory, { recursive: true, force: true });
    },
  };
  return { ...test, secretKey };
}

/** Preferences that are gone with the process. */
export function memoryPreferences(): Preferences {
  let values: PreferenceValues = { ...defaultPreferences(), scanMinutes: 0 };
  return {
    get: () => values,
    set: (change) => {
      values = { ...values, ...change };
    },
  };
}
