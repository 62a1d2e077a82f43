import { describeCrashes, inJournal, type Scene, sent, tookEffect } from '../support/crash.ts';

const put = 'secretsmanager:PutSecretValue';
const create = 'secretsmanager:CreateSecret';
const service = 'secretsmanager';

const scenes: readonly Scene[] = [
  ...[...inJournal, sent('GetSecret'), sent(put), tookEffect(put), sent('secretsmanager:TagResource')].map(
    (death) => ({ service, kind: 'update', rights: 'full', death }) as const,
  ),
  { service, kind: 'create', rights: 'full', death: sent(create) },
  { service, kind: 'create', rights: 'full', death: tookEffect(create) },
  { service, kind: 'update', rights: 'write-only', death: tookEffect(put) },
  { service, kind: 'create', rights: 'write-only', death: tookEffect(create) },
];

describeCrashes('killed', scenes);
