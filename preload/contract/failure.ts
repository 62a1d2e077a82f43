import { z } from 'zod';

/** How any operation fails, at every door. The set is closed, so that every screen can handle all of it. */
export const failureView = z.strictObject({
  kind: z.enum([
    'auth',
    'denied',
    'not-found',
    'not-owned',
    'conflict',
    'invalid',
    'throttled',
    'timeout',
    'network',
    'quota',
    'cancelled',
    'bug',
  ]),
  /** Stable code of the exact case. */
  code: z.string().max(80),
  /** What happened and why. */
  sentence: z.string().max(1000),
  /** What to do now. */
  fix: z.string().max(1000),
  /** Finds this failure in the app's own log. */
  reference: z.string().max(40),
  /** For refused input: the path of each field and what is wrong with it. */
  fields: z.array(z.strictObject({ path: z.string(), sentence: z.string() })).optional(),
});
export type FailureView = z.infer<typeof failureView>;
