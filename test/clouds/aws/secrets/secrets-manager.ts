import { randomUUID } from 'node:crypto';
import { retryAfterHeader } from '../../kernel/reply.ts';
import type { CloudReply, Refusal } from '../../kernel/types.ts';
import { AwsFailure } from '../failure.ts';
import type { Service } from '../service.ts';
import { metadataOperations } from './metadata-operations.ts';
import type { Operations } from './operation.ts';
import type { SecretStore } from './store.ts';
import { valueOperations } from './value-operations.ts';
import { versionOperations } from './version-operations.ts';

const operations: Operations = { ...valueOperations, ...metadataOperations, ...versionOperations };

/** Failures of the front end, which spell their member `message`; those of the service spell it `Message`. */
const frontEnd = new Set([
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'SerializationException',
  'ThrottlingException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationException',
]);

/**
 * AWS Secrets Manager, JSON 1.1 protocol.
 * @param storeOf the secrets of a region
 * @param now milliseconds since the epoch
 */
export function createSecretsManager(storeOf: (region: string) => SecretStore, now: () => number): Service {
  return {
    name: 'secretsmanager',
    signatureProblems: {
      missing: ['MissingAuthenticationTokenException', 400],
      incomplete: ['IncompleteSignatureException', 400],
      invalid: ['InvalidSignatureException', 400],
      'unknown-key': ['UnrecognizedClientException', 400],
    },

    call(request, caller, region) {
      const target = request.headers['x-amz-target'] ?? '';
      const name = target.replace(/^secretsmanager\./, '');
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined || name === target || request.method !== 'POST') {
        throw new AwsFailure('UnknownOperationException', '');
      }
      const store = storeOf(region);
      const body = readObject(request.body);
      return {
        name: `secretsmanager:${name}`,
        resource: body === undefined ? '' : resourceOf(body, store, now()),
        perform() {
          if (body === undefined) throw new AwsFailure('SerializationException', 'The request body is no JSON object.');
          return reply(200, operation(body, { caller, store, now: now() }));
        },
      };
    },

    wordRefusal,

    fail: ({ code, message, status, retryAfter }) =>
      reply(
        status,
        { __type: code, [frontEnd.has(code) ? 'message' : 'Message']: message },
        { 'x-amzn-errortype': code, ...retryAfterHeader(retryAfter) },
      ),
  };
}

function wordRefusal(refusal: Refusal): AwsFailure {
  if (refusal.kind === 'throttle') {
    return new AwsFailure('ThrottlingException', 'Rate exceeded', 400, refusal.retryAfter);
  }
  switch (refusal.status) {
    case 403:
      return new AwsFailure('AccessDeniedException', 'Access denied.', 403);
    case 429:
      return new AwsFailure('TooManyRequestsException', 'Too Many Requests', 429);
    case 503:
      return new AwsFailure(
        'ServiceUnavailable',
        'The request has failed due to a temporary failure of the server.',
        503,
      );
    default:
      return new AwsFailure('InternalServiceError', 'An error occurred on the server side.', refusal.status);
  }
}

/** An operation without output, such as TagResource, answers with no body at all. */
function reply(status: number, body: object | undefined, headers: Readonly<Record<string, string>> = {}): CloudReply {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID(), ...headers },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

function readObject(body: Buffer): object | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** The name of the secret a request is about, as the desk is to know it: by name even if it was asked for by ARN. */
function resourceOf(body: object, store: SecretStore, now: number): string {
  const id: unknown = 'SecretId' in body ? body.SecretId : 'Name' in body ? body.Name : undefined;
  return typeof id === 'string' ? (store.find(id, now)?.name ?? id) : '';
}
