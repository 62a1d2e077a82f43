import type { CloudReply, CloudRequest } from './types.ts';

/** A JSON reply. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): CloudReply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(body),
  };
}

/** The `Retry-After` header for a throttled reply, if it is to have one. */
export function retryAfterHeader(retryAfter: number | string | undefined): Record<string, string> {
  return retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
}

/** The parts of the path between slashes, as sent: nothing is decoded. */
export function pathSegments(request: CloudRequest): string[] {
  return request.url.pathname.split('/').filter((segment) => segment !== '');
}
