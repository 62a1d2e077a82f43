import { describeCrashes, sent, tookEffect, writing } from '../support/crash.ts';

const put = 'secretsmanager:PutSecretValue';
const create = 'secretsmanager:CreateSecret';
const tag = 'secretsmanager:TagResource';
const service = 'secretsmanager';

/** Each write has a key that makes its repetition harmless, also where nobody may look at what is there. */
describeCrashes('killed while it writes to Secrets Manager', [
  ...writing(service, { create: [create], update: ['GetSecret', put, tag], tags: [tag] }),
  { service, kind: 'update', rights: 'full', death: { at: 'after startRun' } },
  { service, kind: 'update', rights: 'full', death: { at: 'before endRun' } },
  { service, kind: 'update', rights: 'full', death: tookEffect(put) },
  { service, kind: 'create', rights: 'full', death: tookEffect(create) },
  { service, kind: 'tags', rights: 'full', death: tookEffect(tag) },
  { service, kind: 'update', rights: 'write-only', death: tookEffect(put) },
  { service, kind: 'create', rights: 'write-only', death: tookEffect(create) },
  { service, kind: 'tags', rights: 'write-only', death: sent(tag) },
]);
