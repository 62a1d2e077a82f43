import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { capture, exclusively, mustRun, Problem, run } from './process.mjs';

const node = process.execPath;

describe('run', () => {
  it("ends with the program's exit code", async () => {
    expect(await run(node, ['-e', 'process.exit(7)'])).toBe(7);
  });

  it("tells a signal as a shell does: 128 and the signal's number", async () => {
    expect(await run(node, ['-e', "process.kill(process.pid, 'SIGKILL')"])).toBe(137);
  });

  it('ends a program that takes too long, and one that is given up', async () => {
    const waits = ['-e', 'setInterval(() => {}, 1000)'];
    expect(await run(node, waits, { timeoutMs: 50 })).toBe(143);
    expect(await run(node, waits, { abort: AbortSignal.abort() })).toBe(143);
  });

  it('says what cannot be started', async () => {
    await expect(run('no-such-program', [])).rejects.toThrow(/^no-such-program can't be started/);
  });

  it.runIf(process.platform !== 'win32')('leaves nothing behind that the program started', async () => {
    const mark = randomUUID();
    await run('sh', ['-c', `${node} -e "setInterval(() => {}, 1000)" ${mark} & exit 0`]);
    await vi.waitFor(async () => expect((await capture('ps', ['-eo', 'args'])).output).not.toContain(mark));
  });
});

it('mustRun names the step that failed and passes its exit code on', async () => {
  await expect(mustRun('The step', node, ['-e', 'process.exit(3)'])).rejects.toEqual(
    new Problem('The step failed (exit code 3).', 3),
  );
});

it('exclusively lets one in after the other', async () => {
  const name = `certifyclouds-sync-test-${randomUUID()}`;
  const order: string[] = [];
  const work = (label: string) => async () => {
    order.push(`${label} in`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    order.push(`${label} out`);
  };
  await Promise.all(['a', 'b', 'c'].map((label) => exclusively(name, work(label))));
  expect(order).toHaveLength(6);
  for (const [index, step] of order.entries())
    if (step.endsWith('in')) expect(order[index + 1]).toBe(step.replace('in', 'out'));
});
