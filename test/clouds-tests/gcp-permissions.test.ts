import type { CertificateManagerClient } from '@google-cloud/certificate-manager';
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failureOf, projectId, startTestbed, type Testbed } from '../clouds/gcp/testbed.ts';

let bed: Testbed;
let client: SecretManagerServiceClient;
let certificates: CertificateManagerClient;
beforeAll(async () => {
  bed = await startTestbed();
  client = bed.secretManager();
  certificates = bed.certificateManager();
});
afterAll(() => bed.close());

const parent = `projects/${projectId}`;
const location = `${parent}/locations/global`;
const automatic = { replication: { automatic: {} } };
const list = () => client.listSecrets({ parent }, { autoPaginate: false });
const listCertificates = () => certificates.listCertificates({ parent: location }, { autoPaginate: false });

describe('permissions', () => {
  test('are asked for one by one, in the words of each API', async () => {
    bed.gcp.secrets.put(`${parent}/secrets/closed`, 'value');
    const nobody = await bed.account([]);
    const secrets = bed.secretManager(nobody);
    const name = `${parent}/secrets/closed`;
    const version = `${name}/versions/1`;
    const calls: Readonly<Record<string, readonly [() => Promise<unknown>, string]>> = {
      'secretmanager.secrets.create': [
        () => secrets.createSecret({ parent, secretId: 'x', secret: automatic }),
        parent,
      ],
      'secretmanager.secrets.get': [() => secrets.getSecret({ name }), name],
      'secretmanager.secrets.list': [() => secrets.listSecrets({ parent }, { autoPaginate: false }), parent],
      'secretmanager.secrets.update': [
        () => secrets.updateSecret({ secret: { name }, updateMask: { paths: ['labels'] } }),
        name,
      ],
      'secretmanager.secrets.delete': [() => secrets.deleteSecret({ name }), name],
      'secretmanager.versions.add': [() => secrets.addSecretVersion({ parent: name, payload: { data: 'eA==' } }), name],
      'secretmanager.versions.get': [() => secrets.getSecretVersion({ name: version }), version],
      'secretmanager.versions.list': [
        () => secrets.listSecretVersions({ parent: name }, { autoPaginate: false }),
        name,
      ],
      'secretmanager.versions.access': [() => secrets.accessSecretVersion({ name: version }), version],
      'secretmanager.versions.enable': [() => secrets.enableSecretVersion({ name: version }), version],
      'secretmanager.versions.disable': [() => secrets.disableSecretVersion({ name: version }), version],
      'secretmanager.versions.destroy': [() => secrets.destroySecretVersion({ name: version }), version],
    };
    for (const [permission, [call, resource]] of Object.entries(calls)) {
      expect(await failureOf(call())).toEqual({
        http: 403,
        status: 'PERMISSION_DENIED',
        message: `Permission '${permission}' denied for resource '${resource}' (or it may not exist).`,
        reason: 'IAM_PERMISSION_DENIED',
      });
    }
    expect(bed.gcp.secrets.get(name)?.versions).toMatchObject([{ state: 'ENABLED' }]);
    expect(bed.desk.arrivals({ status: 403 })).toHaveLength(12);

    const denied = bed.certificateManager(nobody).listCertificates({ parent: location }, { autoPaginate: false });
    expect((await failureOf(denied)).message).toBe(
      `Permission 'certificatemanager.certs.list' denied on resource '//certificatemanager.googleapis.com/${location}' (or it may not exist).`,
    );
  });

  test('come with roles, on one project', async () => {
    const { email, keyFile } = await bed.account([]);
    const theirs = bed.secretManager({ email, keyFile });
    const name = `${parent}/secrets/roles`;
    bed.gcp.secrets.put(name, 'value');
    const read = () => theirs.accessSecretVersion({ name: `${name}/versions/1` });
    bed.gcp.grant(email, 'roles/secretmanager.viewer', projectId);
    await theirs.getSecret({ name });
    expect((await failureOf(read())).status).toBe('PERMISSION_DENIED');
    bed.gcp.grant(email, 'roles/secretmanager.secretAccessor', projectId);
    await read();
    bed.gcp.revoke(email, projectId, 'roles/secretmanager.secretAccessor');
    expect((await failureOf(read())).status).toBe('PERMISSION_DENIED');
    await theirs.getSecret({ name });

    bed.gcp.addProject('contoso-test');
    const other = 'projects/contoso-test/secrets/other';
    bed.gcp.secrets.put(other, 'value');
    expect((await failureOf(theirs.getSecret({ name: other }))).status).toBe('PERMISSION_DENIED');
  });

  test('of a certificate editor don’t include deleting', async () => {
    const { email, keyFile } = await bed.account([]);
    const editor = bed.certificateManager({ email, keyFile });
    bed.gcp.grant(email, 'roles/certificatemanager.editor', projectId);
    const name = `${location}/certificates/none`;
    const patch = { certificate: { name }, updateMask: { paths: ['labels'] } };
    expect((await failureOf(editor.updateCertificate(patch))).status).toBe('NOT_FOUND');
    expect((await failureOf(editor.deleteCertificate({ name }))).message).toContain('certificatemanager.certs.delete');
  });
});

test('an API that is off, and a project that isn’t there, are told apart', async () => {
  bed.gcp.setApiEnabled(projectId, 'secretmanager.googleapis.com', false);
  expect(await failureOf(list())).toMatchObject({
    http: 403,
    status: 'PERMISSION_DENIED',
    reason: 'SERVICE_DISABLED',
    message: expect.stringContaining(
      `Secret Manager API has not been used in project ${bed.projectNumber} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/secretmanager.googleapis.com/overview?project=${bed.projectNumber} then retry.`,
    ),
  });
  await listCertificates();
  bed.gcp.setApiEnabled(projectId, 'secretmanager.googleapis.com', true);
  await list();
  const nowhere = client.listSecrets({ parent: 'projects/nobodys-project' }, { autoPaginate: false });
  expect(await failureOf(nowhere)).toEqual({
    http: 403,
    status: 'PERMISSION_DENIED',
    reason: 'CONSUMER_INVALID',
    message: 'Permission denied on resource project nobodys-project.',
  });
});
