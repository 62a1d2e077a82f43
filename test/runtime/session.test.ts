import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { capture, root } from './process.mjs';

/** A session in a process of its own, that runs a script of Node's in the checkout; in an environment with a mark. */
function startSession(script: string, mark: string): { child: ChildProcess; output: () => string } {
  const session = `
    import { runInSession } from './test/runtime/session.mjs';
    process.exitCode = await runInSession(process.execPath, ['-e', ${JSON.stringify(script)}], { ownScreen: true });
  `;
  const env = { ...process.env, MARK: mark, AWS_SECRET_ACCESS_KEY: 'of-a-person', SECRET_KEY: 'of-a-person' };
  const child = spawn(process.execPath, ['--input-type=module', '-e', session], { cwd: root, env });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  return { child, output: () => text };
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

/** Ids of the running processes that carry a mark in their environment or arguments. */
function running(mark: string): string[] {
  const carries = (path: string) => {
    try {
      return readFileSync(path).includes(mark);
    } catch {
      return false; // ended meanwhile
    }
  };
  return readdirSync('/proc').filter(
    (id) => /^\d+$/.test(id) && (carries(`/proc/${id}/environ`) || carries(`/proc/${id}/cmdline`)),
  );
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe.runIf(process.platform === 'linux')('a session', () => {
  it("has a screen, a keychain and a home of its own, and passes the command's exit code on", async () => {
    const { child, output } = startSession(
      `const keytar = require('keytar');
       const { HOME, XDG_DATA_HOME, TMPDIR, DISPLAY, AWS_SECRET_ACCESS_KEY, SECRET_KEY } = process.env;
       keytar.setPassword('service', 'account', 'kept').then(() => keytar.getPassword('service', 'account'))
         .then((password) => {
           console.log(JSON.stringify({ password, HOME, XDG_DATA_HOME, TMPDIR, DISPLAY, AWS_SECRET_ACCESS_KEY, SECRET_KEY }));
           process.exit(7);
         });`,
      randomUUID(),
    );
    expect(await ended(child)).toBe(7);
    const { HOME, XDG_DATA_HOME, TMPDIR, DISPLAY, ...rest } = JSON.parse(output());
    expect(rest).toEqual({ password: 'kept' });
    expect(new Set([HOME, XDG_DATA_HOME, TMPDIR].map((path) => path.replace(/\/[a-z]+$/, ''))).size).toBe(1);
    const { HOME: outerHome, DISPLAY: outerDisplay } = process.env;
    expect(HOME).not.toBe(outerHome);
    expect(DISPLAY).not.toBe(outerDisplay);
    expect((await capture('ls', ['-d', HOME])).code).not.toBe(0);
  });

  /** Starts, as a browser would, a process in a group of its own and without the session's environment. */
  const detaches = (mark: string) => `
    const args = ['-e', 'setInterval(() => {}, 1000)', '${mark}'];
    require('child_process').spawn(process.execPath, args, { detached: true, stdio: 'ignore', env: {} }).unref();
    console.log('started');`;

  it('ends even what left its group', async () => {
    const mark = randomUUID();
    const { child, output } = startSession(detaches(mark), mark);
    expect(await ended(child)).toBe(0);
    expect(output()).toBe('started\n');
    expect(running(mark)).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends everything on %s', async (signal, code) => {
    const mark = randomUUID();
    const { child, output } = startSession(`${detaches(mark)} setInterval(() => {}, 1000);`, mark);
    await until(() => output().includes('started'));
    expect(running(mark).length).toBeGreaterThan(4);
    child.kill(signal);
    expect(await ended(child)).toBe(code);
    expect(running(mark)).toEqual([]);
  });

  it('ends its servers and the command when it is killed itself', async () => {
    const mark = randomUUID();
    const { child, output } = startSession(`console.log('started'); setInterval(() => {}, 1000);`, mark);
    await until(() => output().includes('started'));
    child.kill('SIGKILL');
    await ended(child);
    await vi.waitFor(() => expect(running(mark)).toEqual([]));
  });
});
