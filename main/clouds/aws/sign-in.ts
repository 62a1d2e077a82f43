import type { FromTemporaryCredentialsOptions } from '@aws-sdk/credential-providers';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { z } from 'zod';
import type { AwsSettings } from '../../domain/connection.ts';
import { Failure, invalid, toFailure } from '../../domain/failure.ts';
import { product } from '../../product.ts';
import { type CloudDeps, callCloud } from '../call.ts';
import { connectionFailure, traceOf } from '../failures.ts';
import type { Network } from '../network.ts';
import { classifyAws, isClockSkew } from './classify.ts';
import { checkProfile, findSso, shown, typed } from './profiles.ts';
import type { AwsClientConfig } from './session.ts';

/** Who requests are signed as. */
export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** When AWS ends it, where that was told; a new one is fetched before. */
  readonly expiration?: Date;
}
type SignIn = () => Promise<AwsIdentity>;

const keyShape = z.strictObject({
  accessKeyId: z.string().regex(/^\w{16,128}$/),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).max(16_384).optional(),
});
const outsideShape = z.strictObject({ signIn: z.literal('outside') });

/** Temporary keys are fetched anew this long before they end, in milliseconds: a call under way still ends in time. */
const renewBeforeMs = 5 * 60 * 1000;

/**
 * Signs in as a connection says: with its keys, a profile or SSO login of this computer, and from there on as a role. The
 * answer is kept until shortly before it ends.
 * @param config how this connection's requests are made, of which signing in makes its own too: same address, trust and proxy
 * @returns fails with a Failure: `auth` where AWS or the local login says no, `invalid` for a profile that cannot be used
 * @throws Failure `invalid` if the credential is not one for this way of signing in; nothing is sent yet
 */
export function openSignIn(
  settings: AwsSettings,
  credential: unknown,
  config: Omit<AwsClientConfig, 'credentials'>,
  network: Network,
  deps: CloudDeps,
): SignIn {
  const { region, ...anywhere } = config;
  const requestHandler = new RememberingHandler({
    httpsAgent: network.agent,
    requestTimeout: deps.callTimeoutMs,
    throwOnRequestTimeout: true,
  });
  // Without a region of its own: the SSO portal is in the region of the SSO login, not in the target's.
  const clientConfig = { ...anywhere, requestHandler };
  const told = async (words: FailureWords, signIn: SignIn): Promise<AwsIdentity> => {
    try {
      return await signIn();
    } catch (error) {
      throw signInFailure(error, requestHandler, words, region, deps.now());
    }
  };
  const assume: AssumeRole = async (masterCredentials, params) => {
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    const ask = fromTemporaryCredentials({ masterCredentials, params, clientConfig: { ...clientConfig, region } });
    // A clock that is wrong is told by the first answer: the second request is signed right.
    return await ask().catch((error) => (isClockSkew(error) ? ask() : Promise.reject(error)));
  };
  const first = renewing(deps, firstIdentity(settings, credential, clientConfig, { told, assume }));
  const { assumeRole } = settings;
  if (!assumeRole) return first;
  const params = {
    RoleArn: assumeRole.roleArn,
    RoleSessionName: assumeRole.sessionName ?? product.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    ...(assumeRole.externalId === undefined ? {} : { ExternalId: assumeRole.externalId }),
  };
  return renewing(deps, async () => {
    // Before the role is asked for, so that what fails here is told as what it is.
    const identity = await first();
    return told({ what: `the role ${assumeRole.roleArn}`, fix: roleFix }, () => assume(identity, params));
  });
}

type AssumeRole = (as: AwsIdentity, params: FromTemporaryCredentialsOptions['params']) => Promise<AwsIdentity>;

function firstIdentity(
  { signIn, profile, sso }: AwsSettings,
  credential: unknown,
  clientConfig: object,
  { told, assume }: { told(words: FailureWords, signIn: SignIn): Promise<AwsIdentity>; assume: AssumeRole },
): SignIn {
  if (signIn === 'keys') {
    const key = accessKeyOf(credential);
    return async () => key;
  }
  if (!outsideShape.safeParse(credential).success)
    throw invalid(
      'credential',
      'This connection signs in with what this computer holds, but keys were stored for it.',
      'Save the connection again.',
    );
  if (signIn === 'profile') {
    if (!profile) throw invalid('aws-profile-missing', 'No AWS profile is named.', 'Type the name of the profile.');
    return async () => {
      const login = await checkProfile(profile);
      // A profile may have a credential_process: a command that its owner wrote into their own AWS files for every AWS tool
      // to run. It is run here too: nothing of it comes from this app's settings, which name the profile and no more.
      const { fromIni } = await import('@aws-sdk/credential-providers');
      const read = fromIni({ profile, ignoreCache: true, clientConfig, roleAssumer: assume });
      const fix =
        login === undefined
          ? `Check the profile with "aws sts get-caller-identity --profile ${typed(profile)}".`
          : `Run "${login}" on this computer, then try again.`;
      return told({ what: `the AWS profile ${shown(profile)}`, fix }, () => read());
    };
  }
  if (!sso) throw invalid('aws-sso-missing', 'The SSO login is not described.', 'Type where to sign in, and as what.');
  return async () => {
    const { token, login } = await findSso(sso.startUrl);
    const { fromSSO } = await import('@aws-sdk/credential-providers');
    const read = fromSSO({
      ...token,
      ssoRegion: sso.region,
      ssoAccountId: sso.accountId,
      ssoRoleName: sso.roleName,
      ignoreCache: true,
      clientConfig,
    });
    const what = `the SSO login at ${sso.startUrl} as ${sso.roleName} in account ${sso.accountId}`;
    return told({ what, fix: `Run "${login}" on this computer, then try again.` }, () => read());
  };
}

function accessKeyOf(credential: unknown): AwsIdentity {
  const parsed = keyShape.safeParse(credential);
  if (!parsed.success)
    throw invalid(
      'credential',
      'The stored credential is not an AWS access key.',
      'Enter the access key of this connection again.',
    );
  const { sessionToken, ...key } = parsed.data;
  if (sessionToken !== undefined) return { ...key, sessionToken };
  if (key.accessKeyId.startsWith('ASIA'))
    throw invalid(
      'credential',
      'This access key is a temporary one (ASIA…), which works only together with its session token.',
      'Enter the session token as well, or a lasting access key (AKIA…).',
    );
  return key;
}

/** Keeps an identity until shortly before it ends; all who ask meanwhile wait for the same answer. A failure is not kept. */
function renewing(deps: Pick<CloudDeps, 'now' | 'callTimeoutMs'>, signIn: SignIn): SignIn {
  const limits = {
    // Whoever waits may stop waiting; the sign-in itself has its own time limit, because others wait for it too. A command that a
    // profile names has no other.
    signal: new AbortController().signal,
    timeoutMs: deps.callTimeoutMs,
    host: 'for signing in to AWS',
    classify: toFailure,
  };
  let asked: Promise<AwsIdentity> | undefined;
  let known: AwsIdentity | undefined;
  return () => {
    const ends = known?.expiration?.getTime();
    if (known && (ends === undefined || ends - deps.now() > renewBeforeMs)) return Promise.resolve(known);
    asked ??= callCloud(signIn, limits)
      .then((identity) => {
        known = identity;
        return identity;
      })
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
}

/** The SDK tells why a login did not work in words only; what a connection failed with is kept here as it was. */
class RememberingHandler extends NodeHttpHandler {
  lastError: unknown;
  lastHost = '';

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    this.lastError = undefined;
    this.lastHost = request.port === undefined ? request.hostname : `${request.hostname}:${request.port}`;
    try {
      return await super.handle(request, options);
    } catch (error) {
      this.lastError = error;
      throw error;
    }
  }
}

/** How a way of signing in is called, and what a person can do where it says no. */
interface FailureWords {
  readonly what: string;
  readonly fix: string;
}

const roleFix =
  "Check the role's ARN, that its trust policy names this identity (and this external ID, if it wants one), and that this identity may do sts:AssumeRole on it.";

/** Never `denied`: that would be about a target, and could pass for one that may not be looked at. */
function signInFailure(
  error: unknown,
  { lastError, lastHost: host }: RememberingHandler,
  words: FailureWords,
  region: string,
  now: number,
): Failure {
  if (error instanceof Failure) return error;
  const auth = (code: string, sentence: string) =>
    new Failure({ kind: 'auth', code, sentence, fix: words.fix }, traceOf(error));
  const { name, message } = error instanceof Error ? error : new Error();
  if (name === 'AccessDenied' || name === 'AccessDeniedException')
    return auth('aws-role-refused', `AWS does not let this connection go on as ${words.what}.`);
  // The SDK's providers wrap whatever happened into an error of theirs.
  if (name !== 'CredentialsProviderError' && name !== 'TokenProviderError')
    return classifyAws(error, { action: 'sts:AssumeRole', region, host }, now);
  const lost = lastError === undefined ? undefined : connectionFailure(lastError, host);
  if (lost) return lost;
  if (/\b(ForbiddenException|AccessDenied\w*)\b/.test(message))
    return auth('aws-role-refused', `AWS does not let this connection go on as ${words.what}.`);
  if (/\bTooManyRequestsException\b/.test(message)) {
    const sentence = `AWS asked to be called less often (${words.what}).`;
    return new Failure({
      kind: 'throttled',
      code: 'aws-throttled',
      sentence,
      fix: 'Nothing to do: it is tried again.',
    });
  }
  if (/expired|invalid|not found|UnauthorizedException|Unauthorized|log ?in|authenticate/i.test(message))
    return auth('aws-login-expired', `The login on this computer ran out or is missing: ${words.what}.`);
  return auth('aws-login-failed', `Signing in did not work: ${words.what} gave no keys.`);
}
