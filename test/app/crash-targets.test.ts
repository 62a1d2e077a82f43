import type { TargetService } from '../../main/domain/service.ts';
import { type Death, describeCrashes, inJournal, type Scene, sent } from '../support/crash.ts';

/**
 * The services that take no key to make a repetition harmless: a write whose end was never entered has to be found in the
 * target. `before finish`, it is there and nobody knows.
 */
const requests: Readonly<Record<Exclude<TargetService, 'secretsmanager'>, { create: string[]; update: string[] }>> = {
  parameterstore: { create: ['ssm:PutParameter'], update: ['ssm:PutParameter', 'ssm:AddTagsToResource'] },
  acm: { create: ['acm:ImportCertificate'], update: ['acm:ImportCertificate', 'acm:AddTagsToCertificate'] },
  secretmanager: {
    // Between the two calls there is a secret without a value.
    create: ['SecretManagerService.CreateSecret', 'SecretManagerService.AddSecretVersion'],
    update: ['SecretManagerService.AddSecretVersion', 'SecretManagerService.UpdateSecret'],
  },
  certificatemanager: {
    // Before the last one is answered, the certificate may be there or not.
    create: ['CertificateManager.CreateCertificate', 'Operations.GetOperation'],
    update: ['CertificateManager.UpdateCertificate', 'Operations.GetOperation'],
  },
};

const ofJournal: readonly Death[] = [{ at: 'after sealIntent' }, { at: 'before finish' }];

const scenes = Object.entries(requests).flatMap(([service, { create, update }]) =>
  [
    ...[...inJournal, ...update.map(sent)].map((death) => ({ kind: 'update', death })),
    ...[...ofJournal, ...create.map(sent)].map((death) => ({ kind: 'create', death })),
  ].map((scene) => ({ ...scene, service, rights: 'full' }) as Scene),
);

describeCrashes('killed while it writes to', scenes);
