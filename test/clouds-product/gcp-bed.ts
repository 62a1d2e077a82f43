import type { Target } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { GcpSettings } from '../../main/domain/connection.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';

export const projectId = 'contoso-sync';

/** A stand-in GCP project, and targets of one service opened in it as one service account or another. */
export interface GcpBed extends CloudBed {
  /** The project's number, which Google names secrets by. */
  readonly projectNumber: string;
  /** Key file of an account that may do everything with the service. */
  readonly admin: string;
  settings(change?: Partial<GcpSettings>): GcpSettings;
  /** Knows nothing of what was done before, as in a new run. */
  open(serviceAccountKey?: string, location?: string, change?: Partial<GcpSettings>): Promise<Target>;
  /** Key file of a new account with these permissions on the project. */
  accountWith(permissions: readonly string[]): Promise<string>;
  /** Ends what one test left: targets, faults. */
  tidy(): void;
}

/** Of a connection to the stand-in's project. */
export function gcpSettings({ gcp, caPem }: CloudBed, change: Partial<GcpSettings> = {}): GcpSettings {
  return {
    provider: 'gcp',
    projectId,
    signIn: 'key',
    location: 'global',
    endpoint: gcp.url,
    caBundle: caPem,
    ...change,
  };
}

export async function openGcpBed(
  service: 'secretmanager' | 'certificatemanager',
  adminRole: 'roles/secretmanager.admin' | 'roles/certificatemanager.owner',
): Promise<GcpBed> {
  const bed = await openCloudBed();
  const projectNumber = bed.gcp.addProject(projectId);
  const account = await bed.gcp.addServiceAccount(projectId, 'admin');
  bed.gcp.grant(account.email, adminRole, projectId);
  const opened: Target[] = [];
  let accounts = 0;
  return {
    ...bed,
    projectNumber,
    admin: account.keyFile,
    settings: (change) => gcpSettings(bed, change),
    async open(serviceAccountKey = account.keyFile, location = 'global', change = {}) {
      const target = await openTarget(
        connectionTo(gcpSettings(bed, change)),
        { serviceAccountKey },
        service,
        location,
        bed.deps,
      );
      opened.push(target);
      return target;
    },
    async accountWith(permissions) {
      accounts += 1;
      const { email, keyFile } = await bed.gcp.addServiceAccount(projectId, `account-${accounts}`);
      bed.gcp.grant(email, permissions, projectId);
      return keyFile;
    },
    tidy() {
      bed.desk.clearFaults();
      for (const target of opened.splice(0)) target.close();
    },
  };
}
