import { gcpPolicies } from '../../main/clouds/gcp/policy.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { Payload } from '../../main/domain/payload.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import type { Held, TargetBed } from './target-bed.ts';
import { deskFaults, type Operations } from './target-cloud-bed.ts';
import { gcpLabels } from './target-traits.ts';

type GcpService = 'secretmanager' | 'certificatemanager';
export const gcpProject = 'contoso-sync';

/** What the project's owner sees and does in one service. */
interface GcpPlace {
  readonly operations: Operations;
  readonly valueReads: readonly string[];
  /** Beyond the role that the app recommends, which asks for nothing that a first sync doesn't need. */
  readonly granted: readonly string[];
  /** The smallest rights that still write. */
  readonly smallest: readonly string[];
  held(name: string): Held | undefined;
  count(): number;
  putOutside(name: string, payload: Payload): void;
  tagOutside(name: string, tags: Readonly<Record<string, string>>): void;
  removeOutside(name: string): void;
}

/** The stand-in Google Cloud behind one of its services' adapters. @param location `global` or a region */
export async function openGcpTargetBed(
  service: GcpService,
  location: string,
  placeIn: (gcp: CloudBed['gcp']) => GcpPlace,
): Promise<TargetBed> {
  const bed = await openCloudBed();
  const { gcp } = bed;
  gcp.addProject(gcpProject);
  const { operations, valueReads, granted, smallest, ...outside } = placeIn(gcp);
  const account = async (name: string, permissions: readonly string[]) => {
    const { email, keyFile } = await gcp.addServiceAccount(gcpProject, name);
    gcp.grant(email, permissions, gcpProject);
    return keyFile;
  };
  const keys = {
    full: await account('full', [...recommended(service), ...granted]),
    'write-only': await account('write-only', smallest),
  };

  return {
    ...outside,
    ...deskFaults(bed, 'gcp', operations),
    service,
    tags: gcpLabels,
    valueReads,
    removeOutside(name) {
      outside.removeOutside(name);
      // Nobody deletes and makes anew within one tick of a clock, which here stands still. HTTP dates have whole seconds.
      bed.advance(1000);
    },
    open(rights) {
      const serviceAccountKey = keys[rights];
      const settings = {
        provider: 'gcp',
        projectId: gcpProject,
        signIn: 'key',
        location,
        endpoint: gcp.url,
        caBundle: bed.caPem,
      } as const;
      return openTarget(connectionTo(settings), { serviceAccountKey }, service, location, bed.deps);
    },
  };
}

/** The permissions of the very role that a person makes with the app's commands. */
function recommended(service: GcpService): string[] {
  const [role] = gcpPolicies(service, gcpProject);
  const permissions = role?.text.match(/--permissions (\S+)/)?.[1];
  if (role?.title !== 'Recommended' || permissions === undefined)
    throw new Error(`the app recommends no role for ${service}`);
  return permissions.split(',');
}
