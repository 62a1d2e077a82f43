import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply } from '../kernel/types.ts';
import type { Caller } from './access-keys.ts';
import { checkConstraints } from './constraints.ts';
import { AwsFailure } from './failure.ts';
import { mayAssume, type Roles } from './roles.ts';
import type { Service } from './service.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const version = '2011-06-15';
/** "Role chaining limits your session to a maximum of one hour": IAM user guide, roles terms and concepts. */
const chainedSeconds = 3600;

/** Constraints of the service model. Session policies, session tags and MFA are not part of the stand-in. */
const assumeRole = z.object({
  RoleArn: z.string().min(20).max(2048),
  RoleSessionName: z
    .string()
    .min(2)
    .max(64)
    .regex(/^[\w+=,.@-]*$/),
  DurationSeconds: z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(900).max(43_200)).optional(),
  ExternalId: z
    .string()
    .min(2)
    .max(1224)
    .regex(/^[\w+=,.@:/-]*$/)
    .optional(),
});
const leftOut = /^(Policy|PolicyArns\..*|Tags\..*|TransitiveTagKeys\..*|SerialNumber|TokenCode|SourceIdentity)$/;

/**
 * The Security Token Service, query protocol: who a caller is, and roles.
 * @param now milliseconds since the epoch
 */
export function createSts(roles: Roles, now: () => number): Service {
  const operations: Readonly<Record<string, (parameters: URLSearchParams, caller: Caller) => string[]>> = {
    // Needs no permission, even an explicit deny doesn't forbid it: API reference, GetCallerIdentity.
    GetCallerIdentity: (_, caller) => [
      element('Arn', [escapeXml(caller.arn)]),
      element('UserId', [escapeXml(caller.userId)]),
      element('Account', [caller.accountId]),
    ],

    AssumeRole(parameters, caller) {
      if ([...parameters.keys()].some((name) => leftOut.test(name))) {
        throw new AwsFailure('ValidationError', 'The stand-in has no session policies, session tags and MFA.');
      }
      const input = checkConstraints(assumeRole, Object.fromEntries(parameters), 'ValidationError');
      const role = roles.get(input.RoleArn);
      if (role === undefined || !mayAssume(caller, role, input.ExternalId)) {
        // One sentence for all that can be wrong, a missing role included, so that nothing can be probed.
        throw new AwsFailure(
          'AccessDenied',
          `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
          403,
        );
      }
      const seconds = input.DurationSeconds ?? Math.min(3600, role.maxSessionDuration);
      if (caller.roleArn !== undefined && seconds > chainedSeconds) {
        throw new AwsFailure(
          'ValidationError',
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
        );
      }
      if (seconds > role.maxSessionDuration) {
        throw new AwsFailure(
          'ValidationError',
          'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
        );
      }
      const { key, arn, id } = roles.open(role, input.RoleSessionName, seconds, now());
      return [
        element('Credentials', [
          element('AccessKeyId', [key.accessKeyId]),
          element('SecretAccessKey', [key.secretAccessKey]),
          element('SessionToken', [key.sessionToken]),
          element('Expiration', [`${new Date(key.expiresAt).toISOString().slice(0, 19)}Z`]),
        ]),
        element('AssumedRoleUser', [element('AssumedRoleId', [escapeXml(id)]), element('Arn', [escapeXml(arn)])]),
      ];
    },
  };

  return {
    name: 'sts',
    signatureProblems: {
      missing: ['MissingAuthenticationToken', 403],
      incomplete: ['IncompleteSignature', 400],
      invalid: ['SignatureDoesNotMatch', 403],
      'unknown-key': ['InvalidClientTokenId', 403],
      expired: ['ExpiredToken', 403],
    },

    call(request, caller) {
      const parameters =
        request.method === 'GET' ? request.url.searchParams : new URLSearchParams(request.body.toString());
      const action = parameters.get('Action') ?? '';
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
      if (operation === undefined || parameters.get('Version') !== version) {
        throw new AwsFailure('InvalidAction', `Could not find operation ${action} for version ${version}`);
      }
      return {
        name: `sts:${action}`,
        resource: parameters.get('RoleArn') ?? '',
        perform() {
          const result = operation(parameters, caller);
          return reply(200, (requestId) =>
            element(`${action}Response`, [
              element(`${action}Result`, result),
              element('ResponseMetadata', [element('RequestId', [requestId])]),
            ]),
          );
        },
      };
    },

    wordRefusal(refusal) {
      if (refusal.kind === 'throttle') return new AwsFailure('Throttling', 'Rate exceeded', 400, refusal.retryAfter);
      return refusal.status === 503
        ? new AwsFailure('ServiceUnavailable', 'The request has failed due to a temporary failure of the server.', 503)
        : new AwsFailure(
            'InternalFailure',
            'The request processing has failed because of an unknown error.',
            refusal.status,
          );
    },

    fail: (failure) =>
      reply(
        failure.status,
        (requestId) =>
          element('ErrorResponse', [
            element('Error', [
              element('Type', [failure.status < 500 ? 'Sender' : 'Receiver']),
              element('Code', [failure.code]),
              element('Message', [escapeXml(failure.message)]),
            ]),
            element('RequestId', [requestId]),
          ]),
        retryAfterHeader(failure.retryAfter),
      ),
  };
}

function reply(
  status: number,
  body: (requestId: string) => string,
  headers: Readonly<Record<string, string>> = {},
): CloudReply {
  const requestId = randomUUID();
  return {
    status,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, ...headers },
    body: body(requestId).replace('>', ` xmlns="${namespace}">`),
  };
}

function element(name: string, content: readonly string[]): string {
  return `<${name}>${content.join('')}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
