import type { z } from 'zod';
import { checkConstraints } from './constraints.ts';

/** The answer's members; undefined for an operation that answers with an empty body. */
export type Answer = object | undefined;

/** The operations of a service by name. `Scene` is where one runs: who asks, which region's things, and when. Throw AwsFailure. */
export type Operations<Scene> = { readonly [name: string]: (body: unknown, scene: Scene) => Answer };

/** An operation behind the constraints on its request. */
export function operation<Schema extends z.ZodType, Scene>(
  schema: Schema,
  run: (input: z.output<Schema>, scene: Scene) => Answer,
): (body: unknown, scene: Scene) => Answer {
  return (body, scene) => run(checkConstraints(schema, body), scene);
}
