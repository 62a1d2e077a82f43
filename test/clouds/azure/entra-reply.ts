import { randomUUID } from 'node:crypto';
import { json, retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, Refusal } from '../kernel/types.ts';
import type { Tenant } from './directory.ts';

/** Why Entra refuses, in its own words and numbers; only the words differ by where the refusal is shown. */
export class EntraRefusal extends Error {
  readonly status: number;
  readonly error: string;
  readonly code: number;

  constructor(status: number, error: string, code: number, text: string) {
    super(text);
    this.name = 'EntraRefusal';
    this.status = status;
    this.error = error;
    this.code = code;
  }
}

/** Entra's error body: https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
export function refusalReply({ status, error, code, message }: EntraRefusal, now: number): CloudReply {
  const details = traced(code, message, now);
  return json(status, {
    error,
    error_description: details.description,
    error_codes: [code],
    timestamp: details.timestamp,
    trace_id: details.traceId,
    correlation_id: details.correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${code}`,
  });
}

/** The description of an error with what support asks for. */
export function traced(code: number, text: string, now: number) {
  const timestamp = new Date(now)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  const [traceId, correlationId] = [randomUUID(), randomUUID()];
  const trace = `Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`;
  return { description: `AADSTS${code}: ${text} ${trace}`, timestamp, traceId, correlationId };
}

/** How Entra words a refusal of the desk's. */
export function deskRefusal(refusal: Refusal, now: number): CloudReply {
  if (refusal.kind === 'throttle') {
    const text = 'There are too many incoming requests.';
    const reply = refusalReply(new EntraRefusal(429, 'temporarily_unavailable', 90055, text), now);
    return { ...reply, headers: { ...reply.headers, ...retryAfterHeader(refusal.retryAfter) } };
  }
  const text = 'A transient error has occurred. Please try again.';
  return refusalReply(new EntraRefusal(refusal.status, 'temporarily_unavailable', 90033, text), now);
}

export function noTenant(tenantName: string, error: string): EntraRefusal {
  const text =
    `Tenant '${tenantName}' not found. Check to make sure you have the correct tenant ID and are signing into the ` +
    'correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions ' +
    'for the tenant.';
  return new EntraRefusal(400, error, 90002, text);
}

export function noApp(clientId: string, tenant: Tenant): EntraRefusal {
  const text =
    `Application with identifier '${clientId}' was not found in the directory '${tenant.domain}'. This can happen ` +
    'if the application has not been installed by the administrator of the tenant or consented to by any user in ' +
    'the tenant. You may have sent your authentication request to the wrong tenant.';
  return new EntraRefusal(400, 'unauthorized_client', 700016, text);
}

export function invalidGrant(code: number, text: string): EntraRefusal {
  return new EntraRefusal(400, 'invalid_grant', code, text);
}
