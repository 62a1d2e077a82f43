import { createHttpHeaders, createPipelineRequest } from '@azure/core-rest-pipeline';
import { AuthError, type AuthenticationResult, type INetworkModule, type NodeAuthOptions } from '@azure/msal-node';
import { z } from 'zod';
import { Failure, invalid } from '../../domain/failure.ts';
import { callCloud } from '../call.ts';
import { brokenReply, unforeseen } from '../failures.ts';
import type { Authority } from './authority.ts';
import { classifyNetwork } from './classify.ts';
import { classifyPrompt, classifySignIn } from './classify-sign-in.ts';
import { parseJson } from './http.ts';
import type { AccessToken } from './tokens.ts';

/**
 * What tells MSAL the application and the authority. A guest signs in to the tenant of the settings, not to their own.
 * @throws Failure `invalid`
 */
export function authOptions({ settings, place }: Authority): NodeAuthOptions {
  const { clientId = '', tenantId, cloud } = settings;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(clientId))
    throw invalid(
      'client-id',
      'The client ID is not a GUID.',
      "Copy the Application (client) ID from the app registration's Overview.",
    );
  return {
    clientId,
    authority: `${place.authority.origin}/${tenantId}`,
    ...(cloud === 'custom' ? { knownAuthorities: [place.authority.host] } : {}),
  };
}

/** A token out of MSAL's answer. @throws Error if it holds none */
export function tokenOf(result: AuthenticationResult | null, who: string): AccessToken {
  if (!result?.accessToken || !result.expiresOn) throw new Error('MSAL gave no token');
  return { text: result.accessToken, expiresOn: result.expiresOn.getTime(), who };
}

/** Carries a Failure through MSAL, which passes on errors of its own family and makes one and the same of all others. */
function throughMsal(failure: Failure): AuthError {
  const error = new AuthError(failure.detail.code, '', failure.detail.sentence);
  error.cause = failure;
  return error;
}

const refusal = z.object({ error: z.string() });

/**
 * A device code that nobody has answered yet is told with a status of 400 (RFC 8628, 3.5), and MSAL asks again. It knows
 * one of the two words only, and keeps to the interval that it was told.
 */
function isPending(status: number, body: unknown): boolean {
  const { error = '' } = refusal.safeParse(body).data ?? {};
  return status === 400 && ['authorization_pending', 'slow_down'].includes(error);
}

/**
 * MSAL's network, over this connection's own. A refusal is thrown here, before MSAL sees it: MSAL would refuse by itself
 * for a minute after a 429 or 5xx, and when to try again is the engine's decision alone.
 */
export function msalNetwork({ settings, place, http, deps }: Authority) {
  const { host } = place.authority;
  // MSAL swallows what goes wrong while it looks up the authority's endpoints.
  let lookupFailure: Failure | undefined;
  // MSAL has no signal to give; each call has its time limit, and whoever waits may stop waiting.
  const { signal } = new AbortController();

  async function send<T>(method: 'GET' | 'POST', url: string, headers: Record<string, string> = {}, body?: string) {
    const response = await callCloud(
      (until) =>
        http(until).sendRequest(
          createPipelineRequest({ url, method, headers: createHttpHeaders(headers), ...(body ? { body } : {}) }),
        ),
      { signal, timeoutMs: deps.callTimeoutMs, host, classify: (error) => classifyNetwork(error, host) },
    );
    const parsed = parseJson(response.bodyAsText);
    const header = (name: string) => response.headers.get(name);
    const reply = { headers: response.headers.toJSON(), status: response.status };
    if (isPending(response.status, parsed)) return { ...reply, body: { error: 'authorization_pending' } as T };
    if (response.status !== 200) throw classifySignIn(response.status, parsed, header, settings, deps.now());
    if (parsed === undefined) throw brokenReply(host);
    return { ...reply, body: parsed as T };
  }

  const module: INetworkModule = {
    async sendGetRequestAsync<T>(url: string, options?: { headers?: Record<string, string> }) {
      lookupFailure = undefined;
      try {
        return await send<T>('GET', url, options?.headers);
      } catch (error) {
        if (error instanceof Failure) lookupFailure = error;
        throw error;
      }
    },
    async sendPostRequestAsync<T>(url: string, options?: { headers?: Record<string, string>; body?: string }) {
      try {
        return await send<T>('POST', url, options?.headers, options?.body);
      } catch (error) {
        throw error instanceof Failure ? throughMsal(error) : error;
      }
    },
  };

  /** What MSAL failed with, as what it failed for. */
  function reasonFor(error: unknown): Failure {
    if (error instanceof Failure) return error;
    const carried = error instanceof AuthError && error.cause instanceof Failure ? error.cause : lookupFailure;
    if (carried) return carried;
    return error instanceof AuthError ? classifyPrompt(error, settings) : unforeseen(host, error);
  }
  return { module, reasonFor };
}
