import { randomBytes } from 'node:crypto';
import type { Answer } from '../../preload/contract/bridge.ts';
import type { FailureView } from '../../preload/contract/failure.ts';
import { type OperationName, operationNames } from '../../preload/contract/names.ts';
import { type Operation, operations } from '../../preload/contract/operations.ts';
import { Failure, toFailure } from '../domain/failure.ts';
import type { CallContext, Handlers, OperationDeps } from './deps.ts';

/** Carries out one operation for any door: input and output are `unknown` until the contract's schemas have parsed them. */
export type Call = (name: unknown, input: unknown, signal: AbortSignal) => Promise<Answer<unknown>>;

/**
 * The only way to an operation. Never rejects: a failure comes back as the contract's view of it, with a reference under which
 * the log has the rest. Commands are audited with their outcome.
 */
export function createCall(
  handlers: Handlers,
  deps: Pick<OperationDeps, 'store' | 'clock' | 'report' | 'events'>,
): Call {
  return async (name, input, signal) => {
    let subject = '';
    let operation: Operation | undefined;
    try {
      const known = knownName(name);
      operation = operations[known];
      const parsed = parseInput(operation, input);
      const handle = handlers[known] as (input: unknown, context: CallContext) => unknown;
      const context = {
        signal,
        about: (text: string) => {
          subject = text;
        },
      };
      const data = operation.output.parse(await handle(parsed, context));
      audit(operation, subject, 'succeeded', '');
      return { ok: true, data };
    } catch (thrown) {
      const failure = toFailure(thrown);
      const reference = randomBytes(5).toString('hex');
      deps.report(reference, operation ? String(name) : 'unknown operation', failure);
      return { ok: false, failure: view(auditFailure(operation, subject, failure), reference) };
    }
  };

  function audit(operation: Operation, subject: string, outcome: 'succeeded' | 'failed', detail: string): void {
    if (operation.audit === undefined) return;
    deps.store.audit.append({ at: deps.clock.now(), actor: 'user', action: operation.audit, subject, outcome, detail });
    deps.events.changed('audit');
  }

  /** A failure that can't be audited because the store itself fails is told as the store's failure: it is the worse news. */
  function auditFailure(operation: Operation | undefined, subject: string, failure: Failure): Failure {
    if (!operation) return failure;
    try {
      audit(operation, subject, 'failed', failure.detail.code);
      return failure;
    } catch (thrown) {
      return toFailure(thrown);
    }
  }
}

function knownName(name: unknown): OperationName {
  const known = operationNames.find((candidate) => candidate === name);
  if (known) return known;
  throw new Failure({
    kind: 'invalid',
    code: 'unknown-operation',
    sentence: 'There is no such operation.',
    fix: 'Restart the app: the window and the app may be of different versions.',
  });
}

function parseInput(operation: Operation, input: unknown): unknown {
  const result = operation.input.safeParse(input);
  if (result.success) return result.data;
  const fields = result.error.issues
    .slice(0, 100)
    // Both may repeat what was sent, as long as it was.
    .map(({ path, message }) => ({ path: path.join('.').slice(0, 200), sentence: message.slice(0, 1000) }));
  throw new Failure({
    kind: 'invalid',
    code: 'input',
    sentence: fields.length === 1 ? (fields[0]?.sentence ?? '') : `${fields.length} fields need another look.`,
    fix: 'Correct what is marked and try again. Nothing was saved.',
    fields,
  });
}

function view({ detail }: Failure, reference: string): FailureView {
  const { kind, code, sentence, fix, fields } = detail;
  return {
    kind,
    code: code.slice(0, 80),
    sentence: sentence.slice(0, 1000),
    fix: fix.slice(0, 1000),
    reference,
    ...(fields ? { fields: [...fields] } : {}),
  };
}
