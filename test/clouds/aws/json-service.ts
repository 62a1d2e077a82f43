import { randomUUID } from 'node:crypto';
import { retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply, Refusal } from '../kernel/types.ts';
import type { Caller } from './access-keys.ts';
import { AwsFailure } from './failure.ts';
import type { Operations } from './operation.ts';
import type { Service } from './service.ts';

/** What is special about a service that speaks the JSON 1.1 protocol. */
interface JsonServiceParts<Scene> {
  /** The name in the credential scope; also what IAM writes before the operation. */
  readonly name: string;
  /** What stands before the operation in `X-Amz-Target`. */
  readonly target: string;
  readonly operations: Operations<Scene>;
  sceneOf(caller: Caller, region: string): Scene;
  /** What a request is about, as the desk is to know it: never a value. */
  resourceOf(body: object, region: string): string;
  /** How the service spells the member with the sentence of a failure. */
  messageMember(code: string): 'message' | 'Message';
  /** Refusals by the desk that the service has a word of its own for, by the status asked for. */
  readonly refusals: { readonly [status: number]: AwsFailure };
  /** The code of any other refusal: something went wrong at AWS. */
  readonly internal: string;
}

/** A service of the JSON 1.1 protocol: one path, the operation in a header, members in a JSON object. */
export function createJsonService<Scene>(parts: JsonServiceParts<Scene>): Service {
  const { name: service, target, operations } = parts;
  return {
    name: service,
    signatureProblems: {
      missing: ['MissingAuthenticationTokenException', 400],
      incomplete: ['IncompleteSignatureException', 400],
      invalid: ['InvalidSignatureException', 400],
      'unknown-key': ['UnrecognizedClientException', 400],
      expired: ['ExpiredTokenException', 400],
    },

    call(request, caller, region) {
      const wanted = request.headers['x-amz-target'] ?? '';
      const name = wanted.startsWith(`${target}.`) ? wanted.slice(target.length + 1) : '';
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined || request.method !== 'POST') throw new AwsFailure('UnknownOperationException', '');
      const body = readObject(request.body);
      return {
        name: `${service}:${name}`,
        resource: body === undefined ? '' : parts.resourceOf(body, region),
        perform() {
          if (body === undefined) throw new AwsFailure('SerializationException', 'The request body is no JSON object.');
          return reply(200, operation(body, parts.sceneOf(caller, region)));
        },
      };
    },

    wordRefusal: (refusal) => wordRefusal(refusal, parts),

    fail: ({ code, message, status, retryAfter }) =>
      reply(
        status,
        { __type: code, [parts.messageMember(code)]: message },
        { 'x-amzn-errortype': code, ...retryAfterHeader(retryAfter) },
      ),
  };
}

function wordRefusal(
  refusal: Refusal,
  { refusals, internal }: Pick<JsonServiceParts<unknown>, 'refusals' | 'internal'>,
): AwsFailure {
  if (refusal.kind === 'throttle') {
    return new AwsFailure('ThrottlingException', 'Rate exceeded', 400, refusal.retryAfter);
  }
  const own = refusals[refusal.status];
  if (own !== undefined) return own;
  switch (refusal.status) {
    case 403:
      return new AwsFailure('AccessDeniedException', 'Access denied.', 403);
    case 503:
      return new AwsFailure(
        'ServiceUnavailable',
        'The request has failed due to a temporary failure of the server.',
        503,
      );
    default:
      return new AwsFailure(internal, 'An error occurred on the server side.', refusal.status);
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
