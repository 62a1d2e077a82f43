import { expect, test } from 'vitest';
import { createGate } from '../../../renderer/bridge/gate.ts';

/** A clock turned by hand: `turn` runs what falls due on the way. */
function handClock() {
  let now = 0;
  const timers = new Map<() => void, number>();
  return {
    timing: {
      now: () => now,
      after(milliseconds: number, run: () => void) {
        timers.set(run, now + milliseconds);
        return () => timers.delete(run);
      },
    },
    turn(milliseconds: number) {
      const end = now + milliseconds;
      for (;;) {
        const due = [...timers].filter(([, at]) => at <= end).sort((a, b) => a[1] - b[1])[0];
        if (!due) break;
        now = due[1];
        timers.delete(due[0]);
        due[0]();
      }
      now = end;
    },
    waiting: () => timers.size,
  };
}

function setUp(gapOf: (key: string) => number) {
  const clock = handClock();
  const passed: { at: number; keys: string[] }[] = [];
  const gate = createGate<string>(
    gapOf,
    (keys) => passed.push({ at: clock.timing.now(), keys: [...keys] }),
    clock.timing,
  );
  return { clock, passed, gate };
}

test('the first mark passes at once, all its keys together', () => {
  const { passed, gate } = setUp(() => 1_000);
  gate.mark(['records', 'runs']);
  expect(passed).toEqual([{ at: 0, keys: ['records', 'runs'] }]);
});

test('a flood passes once per gap, and the last mark is never lost', () => {
  const { clock, passed, gate } = setUp(() => 1_000);
  for (let i = 0; i < 25; i += 1) {
    gate.mark(['records']);
    clock.turn(100);
  }
  clock.turn(5_000);
  expect(passed.map(({ at }) => at)).toEqual([0, 1_000, 2_000, 3_000]);
  expect(clock.waiting()).toBe(0);
});

test('a key that waits holds no other back', () => {
  const { clock, passed, gate } = setUp((key) => (key === 'records' ? 1_000 : 0));
  gate.mark(['records']);
  clock.turn(100);
  gate.mark(['records', 'app']);
  expect(passed.at(-1)).toEqual({ at: 100, keys: ['app'] });
  clock.turn(900);
  expect(passed.at(-1)).toEqual({ at: 1_000, keys: ['records'] });
});

test('a closed gate lets nothing through any more', () => {
  const { clock, passed, gate } = setUp(() => 1_000);
  gate.mark(['records']);
  gate.mark(['records']);
  gate.close();
  clock.turn(5_000);
  expect(passed).toHaveLength(1);
});
