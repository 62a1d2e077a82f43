import { randomUUID } from 'node:crypto';
import { retryAfterHeader } from '../kernel/reply.ts';
import type { CloudReply } from '../kernel/types.ts';
import { AwsFailure } from './failure.ts';
import type { Service } from './service.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const version = '2011-06-15';

/** The Security Token Service, query protocol, as far as telling a caller who they are. */
export const sts: Service = {
  name: 'sts',
  signatureProblems: {
    missing: ['MissingAuthenticationToken', 403],
    incomplete: ['IncompleteSignature', 400],
    invalid: ['SignatureDoesNotMatch', 403],
    'unknown-key': ['InvalidClientTokenId', 403],
  },

  call(request, caller) {
    const parameters =
      request.method === 'GET' ? request.url.searchParams : new URLSearchParams(request.body.toString());
    const action = parameters.get('Action') ?? '';
    if (action !== 'GetCallerIdentity' || parameters.get('Version') !== version) {
      throw new AwsFailure('InvalidAction', `Could not find operation ${action} for version ${version}`);
    }
    return {
      name: 'sts:GetCallerIdentity',
      resource: '',
      // Needs no permission, even an explicit deny doesn't forbid it: API reference, GetCallerIdentity.
      perform: () =>
        reply(200, (requestId) =>
          element('GetCallerIdentityResponse', [
            element('GetCallerIdentityResult', [
              element('Arn', [escapeXml(caller.userArn)]),
              element('UserId', [caller.userId]),
              element('Account', [caller.accountId]),
            ]),
            element('ResponseMetadata', [element('RequestId', [requestId])]),
          ]),
        ),
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
