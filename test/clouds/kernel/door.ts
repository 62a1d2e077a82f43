import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { json } from './reply.ts';
import { send } from './request.ts';
import { type Listener, listen, type TlsIdentity } from './server.ts';
import type { CloudRequest, Handler } from './types.ts';

/** What may be called through the door, by its path (`azure.setSecret`). Each parses its own arguments. */
export type Calls = Readonly<Record<string, (args: unknown) => unknown>>;

/** Where the control door is and what opens it. */
export interface DoorAddress {
  readonly url: string;
  readonly token: string;
}

const callBody = z.strictObject({ path: z.string(), args: z.array(z.unknown()).default([]) });

/** A function behind a schema of its argument list. */
export function guarded<Args extends unknown[]>(schema: z.ZodType<Args>, run: (...args: NoInfer<Args>) => unknown) {
  return (args: unknown): unknown => run(...schema.parse(args));
}

/**
 * Opens the control door: `POST /call` with `{"path", "args"}` and the bearer token made here answers `{"result"}`, or
 * `{"error"}` with 400 (arguments), 401 (token), 404 (no such call) or 409 (the call itself failed).
 */
export async function openDoor(
  calls: Calls,
  tls: TlsIdentity,
  port: number,
): Promise<DoorAddress & Pick<Listener, 'close'>> {
  const token = randomBytes(32).toString('base64url');
  const listener = await listen(doorHandler(calls, token), tls, { port });
  return { url: listener.url, token, close: listener.close };
}

function doorHandler(calls: Calls, token: string): Handler {
  return async (request) => {
    if (!holdsToken(request, token)) return json(401, { error: 'the control token is missing or wrong' });
    if (request.method !== 'POST' || request.url.pathname !== '/call') return json(404, { error: 'only POST /call' });
    try {
      const { path, args } = callBody.parse(JSON.parse(request.body.toString('utf8')));
      const call = Object.hasOwn(calls, path) ? calls[path] : undefined;
      if (call === undefined) return json(404, { error: `no call ${path}` });
      return json(200, { result: (await call(args)) ?? null });
    } catch (error) {
      if (error instanceof z.ZodError) return json(400, { error: z.prettifyError(error) });
      if (error instanceof SyntaxError) return json(400, { error: 'the body is not JSON' });
      return json(409, { error: error instanceof Error ? error.message : 'the call failed' });
    }
  };
}

function holdsToken(request: CloudRequest, token: string): boolean {
  const { authorization = '' } = request.headers;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}

/** Calls through the door of another process and returns the result. Throws an Error with the door's own words. */
export async function callThroughDoor(
  door: DoorAddress,
  caPem: string,
  path: string,
  ...args: readonly unknown[]
): Promise<unknown> {
  const reply = await send(`${door.url}/call`, {
    method: 'POST',
    headers: { authorization: `Bearer ${door.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ path, args }),
    caPem,
  });
  const answer = z
    .object({ result: z.unknown().optional(), error: z.string().optional() })
    .parse(JSON.parse(reply.text));
  if (reply.status !== 200) throw new Error(`${path}: ${answer.error ?? `status ${reply.status}`}`);
  return answer.result;
}
