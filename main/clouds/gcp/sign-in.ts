import type { Agent } from 'node:https';
import type { AuthClient } from 'google-auth-library';
import { z } from 'zod';
import type { GcpSettings } from '../../domain/connection.ts';
import { type Failure, invalid, toFailure } from '../../domain/failure.ts';
import { callCloud } from '../call.ts';
import { brokenReply, connectionFailure, unforeseen } from '../failures.ts';
import { classifySignIn, type SigningIn } from './classify-sign-in.ts';
import { defaultProof, impersonated, keyProof, type Proof } from './credential.ts';
import { type Authorisation, callSignal, parseJson, reasonOf } from './http.ts';

export interface SignIn extends Authorisation {
  /** Who the requests come from, in words. Signs in if need be. */
  who(): Promise<string>;
}

interface SignInOptions {
  readonly settings: GcpSettings;
  readonly agent: Agent;
  readonly send: typeof fetch;
  readonly timeoutMs: number;
  readonly host: string;
  now(): number;
}

const outside = z.strictObject({ signIn: z.literal('outside') });

/**
 * Signs the connection in, as its settings say, and goes on as another service account if they name one.
 * @param credential not trusted to be one until parsed
 * @throws Failure `invalid` if settings or credential cannot be used, before anything is sent
 */
export function openSignIn(credential: unknown, options: SignInOptions): SignIn {
  const { settings, host, timeoutMs } = options;
  const stored = settings.signIn === 'key' ? keyProof(credential, settings) : undefined;
  if (!stored && !outside.safeParse(credential).success) {
    throw invalid('credential', 'The stored credential does not fit this connection.', 'Save the connection again.');
  }
  let opened: Promise<{ client: AuthClient; proof: Proof }> | undefined;
  let pending: Promise<Record<string, string>> | undefined;
  let latest: Record<string, string> | undefined;

  async function open() {
    const proof = stored ?? (await defaultProof(settings.projectId));
    const base = clientBase(options, {
      what: proof.what,
      renew: proof.renew,
      impersonate: settings.impersonate ?? proof.impersonate,
    });
    const own = proof.client(base);
    return { client: settings.impersonate ? impersonated(base, own, settings.impersonate) : own, proof };
  }

  function once() {
    opened ??= open().catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }

  /** Whoever waits may stop waiting; the sign-in itself has its own time limit, because others wait for it too. */
  async function acquire(): Promise<Record<string, string>> {
    const { client } = await once();
    const { signal } = new AbortController();
    const headers = await callCloud((until) => callSignal.run(until, () => client.getRequestHeaders()), {
      signal,
      timeoutMs,
      host,
      classify: (error) => signInFailure(error, host),
    });
    latest = Object.fromEntries(headers);
    return latest;
  }

  function headers() {
    pending ??= acquire().finally(() => {
      pending = undefined;
    });
    return pending;
  }

  return {
    headers,
    forget(refused) {
      if (refused['authorization'] !== latest?.['authorization']) return;
      // The library keeps its tokens in the client.
      opened = undefined;
      latest = undefined;
    },
    async who() {
      await headers();
      const { proof } = await once();
      const lent = settings.impersonate ?? proof.impersonate;
      return lent ? `${proof.what}, as ${lent}` : proof.what;
    },
  };
}

/** The transport of every client, for tokens alone: refusals are told before a library sees them, and tries nothing again. */
function clientBase({ send, agent, now }: SignInOptions, who: SigningIn) {
  const tokenFetch: typeof fetch = async (input, init) => {
    const response = await send(input, init);
    const body = await response.text();
    const url = new URL(input instanceof Request ? input.url : input);
    if (!response.ok) throw classifySignIn(response, body, url, who, now());
    if (parseJson(body) === undefined) throw brokenReply(url.host);
    return new Response(body, { status: response.status, headers: response.headers });
  };
  return {
    // With an agent named, the library looks for no proxy in the environment; the one used is below `send`.
    transporterOptions: { fetchImplementation: tokenFetch, agent, retryConfig: { retry: 0, noResponseRetries: 0 } },
    useAuthRequestParameters: false,
  } as const;
}

function signInFailure(error: unknown, host: string): Failure {
  const reason = reasonOf(error);
  return connectionFailure(reason, host) ?? (reason === error ? unforeseen(host, error) : toFailure(reason));
}
