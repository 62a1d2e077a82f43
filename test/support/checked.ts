import type { CheckView } from '../../preload/contract/watch.ts';
import type { TestApp } from './app.ts';

/** Starts a check, and waits for its end. */
export async function checked(app: TestApp, ids: string[], values = false): Promise<CheckView> {
  const { id } = await app.ask('checks.start', { ids, values });
  for (;;) {
    const check = (await app.ask('checks.list', { limit: 1 })).find((one) => one.id === id);
    if (check && check.endedAt !== null) return check;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
