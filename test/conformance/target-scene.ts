import { randomUUID } from 'node:crypto';
import { expect, type TestContext } from 'vitest';
import type { Target, TargetRef, WriteRequest, Written } from '../../main/clouds/ports.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import type { Payload } from '../../main/domain/payload.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import { product } from '../../main/product.ts';
import { patience } from './outcome.ts';
import type { Held, TargetBed } from './target-bed.ts';
import { contentOf, type Payloads } from './target-payloads.ts';
import type { TargetTraits } from './target-traits.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What the service does instead of what the case is called after; shown in the table. */
    instead?: string;
  }
}

/** What a case works with. */
export interface Scene {
  readonly bed: TargetBed;
  readonly traits: TargetTraits;
  readonly payloads: Payloads;
  /** Opened for this case: a run of its own, which knows nothing yet. */
  readonly target: Target;
  /** Opened when first asked for, likewise. */
  writeOnly(): Promise<Target>;
  newName(): string;
}

export const owner = ownerTag(product.tagNamespace);

/** Says that this service does something else by its nature, and what. */
export function instead({ task }: Pick<TestContext, 'task'>, what: string): void {
  task.meta.instead = what;
}

/** A create under a new name, of the first payload. */
export function creating({ newName, payloads }: Scene, change: Partial<WriteRequest> = {}): WriteRequest {
  return {
    mode: 'create',
    name: newName(),
    payload: payloads.nth(1),
    tags: {},
    options: {},
    replaces: null,
    idempotencyKey: randomUUID(),
    ...change,
  };
}

/** An update to the nth payload. @param replaces the marker of what was seen */
export function updating({ payloads }: Scene, ref: TargetRef, n: number, replaces: string | null): WriteRequest {
  const { name, id } = ref;
  return {
    mode: 'update',
    name,
    ...(id === undefined ? {} : { id }),
    payload: payloads.nth(n),
    tags: {},
    options: {},
    replaces,
    idempotencyKey: randomUUID(),
  };
}

/** Creates a target of the first payload, and says what it is. */
export async function made(
  scene: Scene,
  change: Partial<WriteRequest> = {},
): Promise<{ readonly request: WriteRequest; readonly ref: Required<TargetRef>; readonly written: Written }> {
  const request = creating(scene, change);
  const written = await scene.target.write(request, patience());
  return { request, written, ref: { name: request.name, id: written.id } };
}

export function present(state: TargetState) {
  if (state.kind !== 'present') throw new Error(`the target is ${state.kind}`);
  return state;
}

/** The marker of what is held now. */
export async function markerNow({ target }: Scene, ref: TargetRef): Promise<string> {
  const { version } = present(await target.inspect(ref, patience()));
  if (version === null) throw new Error('the target has no version');
  return version;
}

/** What is held must be this payload, put there so many times. @returns the rest, for more questions */
export async function expectHeld({ bed }: Scene, name: string, payload: Payload, writes: number): Promise<Held> {
  const held = await bed.held(name);
  if (!held) throw new Error(`nothing is held by the name ${name}`);
  // Not as text: a value that is wrong must not be printed either.
  expect(held.value?.equals(contentOf(payload))).toBe(true);
  if (held.writes !== null) expect(held.writes).toBe(writes);
  return held;
}

/** What the engine finds out after a lost answer: whether this very write is what the target holds. */
export async function arrived({ target }: Scene, request: WriteRequest): Promise<boolean> {
  const state = await target.inspect(request, patience());
  if (state.kind !== 'present' || state.version === null) return false;
  const marker = target.markerOf(request);
  if (marker !== undefined) return state.version === marker;
  const content = contentOf(request.payload);
  return (await target.holds(request, (found) => content.equals(found), patience())) === true;
}
