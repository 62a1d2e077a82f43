// @ts-check
// Finds the last processes of a session, by a mark that each inherits.
import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from './process.mjs';

const graceMs = 3000;

/**
 * What tells a session's processes from others, in whatever group they are and whoever their parent is by now: a limit
 * on POSIX message queues, which nobody here uses and every process inherits. (A variable wouldn't do: Chromium wipes
 * its environment from where it could be read.)
 * @returns {Promise<number>} a limit, in bytes, that no running process has
 */
export async function freeMark() {
  for (;;) {
    const mark = randomInt(1000, 800_000);
    if ((await markedProcesses(mark)).length === 0) return mark;
  }
}

/**
 * @param {number} mark
 * @param {string} program
 * @param {string[]} args
 * @returns {[string, string[]]} the same, with the mark
 */
export function marked(mark, program, args) {
  return ['prlimit', [`--msgqueue=${mark}:`, program, ...args]];
}

/**
 * Ends every process of the session that left its group, such as a browser whose test was killed.
 * @param {number} mark
 */
export async function endMarked(mark) {
  const killFrom = Date.now() + graceMs;
  for (let found = await markedProcesses(mark); found.length > 0; found = await markedProcesses(mark)) {
    for (const id of found) signalProcess(id, Date.now() < killFrom ? 'SIGTERM' : 'SIGKILL');
    await sleep(100);
  }
}

/** @param {number} id @param {NodeJS.Signals} signal */
function signalProcess(id, signal) {
  try {
    process.kill(id, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** @param {number} mark @returns {Promise<number[]>} ids of the processes that carry it and haven't ended */
async function markedProcesses(mark) {
  const ids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const line = new RegExp(`^Max msgqueue size +${mark} `, 'm');
  const carry = await Promise.all(
    ids.map(async (id) => {
      try {
        // An ended process stays until its parent asks for it; in a container that may be never.
        const ended = /^State:\s+[ZX]/m.test(await readFile(`/proc/${id}/status`, 'utf8'));
        return !ended && line.test(await readFile(`/proc/${id}/limits`, 'utf8'));
      } catch {
        return false; // gone meanwhile, or somebody else's
      }
    }),
  );
  return ids.filter((_, index) => carry[index]);
}
