import { json, retryAfterHeader } from '../clouds/kernel/reply.ts';
import type { Protocol } from './front.ts';

/** The calls of Secret Manager's REST API, by method and path below the project. */
const calls: readonly (readonly [RegExp, string])[] = [
  [/^POST \/token$/, 'token'],
  [/^POST .*\/secrets$/, 'CreateSecret'],
  [/^GET .*\/secrets$/, 'ListSecrets'],
  [/:addVersion$/, 'AddSecretVersion'],
  [/:access$/, 'AccessSecretVersion'],
  [/:(destroy|disable|enable)$/, 'ChangeSecretVersion'],
  [/:testIamPermissions$/, 'TestIamPermissions'],
  [/^GET .*\/versions$/, 'ListSecretVersions'],
  [/^GET .*\/versions\/[^/]+$/, 'GetSecretVersion'],
  [/^GET .*\/secrets\/[^/]+$/, 'GetSecret'],
  [/^PATCH /, 'UpdateSecret'],
  [/^DELETE /, 'DeleteSecret'],
];

/** Google's JSON over HTTP. */
export const gcpProtocol: Protocol = {
  operation({ method, url }) {
    const asked = `${method} ${decodeURIComponent(url.pathname)}`;
    return { cloud: 'gcp', name: calls.find(([call]) => call.test(asked))?.[1] ?? 'other', resource: url.pathname };
  },
  refuse(refusal) {
    const [code, status] = refusal.kind === 'status' ? [refusal.status, 'INTERNAL'] : [429, 'RESOURCE_EXHAUSTED'];
    const headers = refusal.kind === 'throttle' ? retryAfterHeader(refusal.retryAfter) : {};
    return json(code, { error: { code, message: 'Refused.', status } }, headers);
  },
};
