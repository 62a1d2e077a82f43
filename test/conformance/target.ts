import { beforeAll, beforeEach, describe } from 'vitest';
import type { Target } from '../../main/clouds/ports.ts';
import type { Awaitable, TargetBed } from './target-bed.ts';
import { faultCases } from './target-faults.ts';
import { foreignCases } from './target-foreign.ts';
import { lookCases } from './target-looks.ts';
import { makePayloads, type Payloads } from './target-payloads.ts';
import { removalCases } from './target-removals.ts';
import type { Scene } from './target-scene.ts';
import { tagCases } from './target-tags.ts';
import { targetTraits } from './target-traits.ts';
import { valueCases } from './target-values.ts';
import { writeCases } from './target-writes.ts';

/**
 * Every Target passes this suite: the same cases for each service and each place that stands for it. It knows the port, the
 * service's traits, and nothing of what is behind the bed.
 */
export function describeTarget(what: string, openBed: () => Awaitable<TargetBed>): void {
  // Writes to some services wait for an operation's end, asked for twice a second at most.
  describe(`${what} as a target`, { timeout: 30_000 }, () => {
    let bed: TargetBed;
    let payloads: Payloads;
    let target: Target;
    let limited: Target | undefined;
    let names = 0;

    beforeAll(async () => {
      bed = await openBed();
      payloads = await makePayloads(bed.service);
      return async () => bed.close();
    });
    beforeEach(async () => {
      target = await bed.open('full');
      return () => {
        target.close();
        limited?.close();
        limited = undefined;
      };
    });

    const scene = (): Scene => ({
      bed,
      traits: targetTraits[bed.service],
      payloads,
      target,
      async writeOnly() {
        limited ??= await bed.open('write-only');
        return limited;
      },
      newName: () => `${targetTraits[bed.service].prefix}case-${++names}`,
    });

    writeCases(scene);
    foreignCases(scene);
    removalCases(scene);
    tagCases(scene);
    lookCases(scene);
    valueCases(scene);
    faultCases(scene);
  });
}
