import { z } from 'zod';
import type { Account, Accounts } from './accounts.ts';
import type { Api } from './api.ts';
import { errorInfo, GcpFailure, invalid } from './failure.ts';
import { duration, readMessage, rfc3339 } from './payload.ts';
import type { Bindings } from './roles.ts';
import type { AccessTokens } from './tokens.ts';

const permission = 'iam.serviceAccounts.getAccessToken';
const denied = `Permission '${permission}' denied on resource (or it may not exist).`;
const longestSeconds = 3600;

const input = z.strictObject({
  delegates: z.array(z.string()).optional(),
  scope: z.array(z.string()).optional(),
  lifetime: duration.optional(),
});

/** The IAM Service Account Credentials API, as far as one account gets access tokens for another. */
export function createIamCredentials(accounts: Accounts, bindings: Bindings, tokens: AccessTokens): Api {
  /** The next account in the chain. @throws GcpFailure if the one before may not act as it, or if there is none */
  function actAs(account: Account, email: string): Account {
    const next = accounts.findServiceAccount(email);
    const scope = next === undefined ? [email] : [email, next.project.id];
    if (next === undefined || !bindings.allows(account.email, permission, scope)) {
      throw new GcpFailure(
        'PERMISSION_DENIED',
        `Permission '${permission}' denied on resource (or it may not exist).`,
        [errorInfo('IAM_PERMISSION_DENIED', { permission }, 'iam.googleapis.com')],
      );
    }
    if (!next.enabled) throw new GcpFailure('FAILED_PRECONDITION', `Service account ${email} is disabled.`);
    return next;
  }

  return {
    name: 'iamcredentials.googleapis.com',
    package: 'google.iam.credentials.v1',
    consumer: 'caller',
    denied: () => denied,
    methods: [
      {
        rpc: 'IAMCredentials.GenerateAccessToken',
        http: 'POST',
        path: /^(?<resource>projects\/-\/serviceAccounts\/(?<email>[^/:]+)):generateAccessToken$/,
        quota: 'write',
        run({ caller, params, body, now }) {
          const { delegates = [], scope = [], lifetime = longestSeconds } = readMessage(input, body(), '');
          if (scope.length === 0) throw invalid('At least one scope must be provided.');
          if (lifetime <= 0 || lifetime > longestSeconds) {
            throw invalid(`The lifetime of the access token must be positive and at most ${longestSeconds}s.`);
          }
          const chain = [...delegates.map((name) => name.slice(name.lastIndexOf('/') + 1)), params.email ?? ''];
          const account = chain.reduce(actAs, caller.account);
          const { token } = tokens.issue(account, scope, lifetime);
          return { accessToken: token, expireTime: rfc3339(now + lifetime * 1000) };
        },
      },
    ],
  };
}
