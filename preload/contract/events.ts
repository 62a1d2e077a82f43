import { z } from 'zod';
import { id, runView, testStepView } from './views.ts';
import { checkView } from './watch.ts';

/** What may have changed: a query whose topic is named is asked again. */
const topics = [
  'app',
  'connections',
  'records',
  'runs',
  'history',
  'settings',
  'rules',
  'discovery',
  'checks',
  'audit',
] as const;
export type Topic = (typeof topics)[number];

/** Sent by main at most ten times a second. A window that opens late asks for the state itself and needs no old event. */
export const appEvent = z.strictObject({
  changed: z.array(z.enum(topics)),
  /** Every run under way or just ended, with its progress. */
  runs: z.array(runView),
  /** Every check under way or just ended, with its progress. */
  checks: z.array(checkView),
  /** Steps of connection tests that this window asked for. */
  testSteps: z.array(z.strictObject({ testId: id, step: testStepView })),
  /** Codes to type for sign-ins that this window asked for. Of no use to anybody who is not signed in elsewhere. */
  signInCodes: z.array(
    z.strictObject({
      signInId: id,
      userCode: z.string().max(64),
      address: z.string().max(512),
      expiresAt: z.int().nonnegative(),
    }),
  ),
});
export type AppEvent = z.infer<typeof appEvent>;
