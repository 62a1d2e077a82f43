import { Failure } from '../../main/domain/failure.ts';

/** What a call gives, or the code of the Failure it ends in. Any other error is thrown on. */
export function outcomeOf<T>(call: () => T): { readonly value: T } | { readonly code: string } {
  try {
    return { value: call() };
  } catch (error) {
    if (error instanceof Failure) return { code: error.detail.code };
    throw error;
  }
}
