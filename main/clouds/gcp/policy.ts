import { shell } from '../shell.ts';
import type { GcpService } from './classify.ts';

/** Commands to copy, and what they give. */
interface RoleText {
  readonly title: string;
  readonly explanation: string;
  /** `gcloud` commands, one a line. */
  readonly text: string;
}

interface ServiceRoles {
  /** What the API and the role are called. */
  readonly name: string;
  readonly roleId: string;
  /** The smallest set that whole syncs, the connection test, the ending of old versions and recoverable removals need. */
  readonly permissions: readonly string[];
  readonly recommended: string;
  readonly predefined: string;
  readonly predefinedGives: string;
}

/** Roles and permissions: https://cloud.google.com/iam/docs/roles-permissions */
const roles: Readonly<Record<GcpService, ServiceRoles>> = {
  secretmanager: {
    name: 'Secret Manager',
    roleId: 'certifycloudsSecrets',
    permissions: [
      'secretmanager.secrets.create',
      'secretmanager.secrets.get',
      'secretmanager.secrets.update',
      'secretmanager.versions.add',
      'secretmanager.versions.destroy',
      'secretmanager.versions.disable',
      'secretmanager.versions.enable',
      'secretmanager.versions.get',
      'secretmanager.versions.list',
    ],
    recommended:
      'A role of your own that creates and updates secrets, sees what others changed, and, where a record says so, ends old versions, or disables and enables all when its source is deleted or comes back. It reads no value, so that a write whose answer got lost is shown as a conflict.',
    predefined: 'roles/secretmanager.admin',
    predefinedGives:
      "Google's own role for everything in Secret Manager: simpler to give, but it also reads and deletes all secrets.",
  },
  certificatemanager: {
    name: 'Certificate Manager',
    roleId: 'certifycloudsCertificates',
    permissions: [
      'certificatemanager.certs.create',
      'certificatemanager.certs.get',
      'certificatemanager.certs.list',
      'certificatemanager.certs.update',
      'certificatemanager.operations.get',
    ],
    recommended:
      'A role of your own that creates and updates certificates and sees what others changed. It deletes none, so what a failed create may leave behind has to be deleted by hand.',
    predefined: 'roles/certificatemanager.editor',
    predefinedGives:
      "Google's own role for creating and updating everything in Certificate Manager, not only certificates. It deletes nothing either.",
  },
};

/**
 * The roles for one service, as commands filled in.
 * @param serviceAccount the e-mail address of the service account that the connection ends up as
 */
export function gcpPolicies(
  service: GcpService,
  projectId = '<project id>',
  serviceAccount = '<e-mail of the service account>',
): RoleText[] {
  const { name, roleId, permissions, recommended, predefined, predefinedGives } = roles[service];
  const project = shell(projectId);
  const enable = `gcloud services enable ${service}.googleapis.com --project ${project}`;
  const bind = (role: string) =>
    `gcloud projects add-iam-policy-binding ${project} --member ${shell(`serviceAccount:${serviceAccount}`)} --role ${shell(role)} --condition None`;
  const create = `gcloud iam roles create ${roleId} --project ${project} --title 'CertifyClouds Sync: ${name}' --permissions ${permissions.join(',')}`;
  return [
    {
      title: 'Recommended',
      explanation: recommended,
      text: [enable, create, bind(`projects/${projectId}/roles/${roleId}`)].join('\n'),
    },
    { title: 'Predefined role', explanation: predefinedGives, text: [enable, bind(predefined)].join('\n') },
  ];
}
