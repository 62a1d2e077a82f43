import type { TargetService } from '../../main/domain/service.ts';
import { type AppBed, openAppBed } from './app-bed.ts';
import { newRecord } from './connect.ts';
import { type Holding, holdingOf } from './holdings.ts';

const region = 'us-east-1';

/** The services that can take a removal back. */
export const followedServices = ['secretsmanager', 'secretmanager'] as const satisfies readonly TargetService[];

/** The whole app on the stand-ins, with records whose targets of one service follow their sources. */
export interface FollowingBed extends Pick<AppBed, 'clouds' | 'app' | 'end'> {
  readonly holding: Holding;
  /** Makes a vault that the app may read. */
  addVault(vault: string): Promise<void>;
  /** Secrets with their records, all synced. @returns the records' ids */
  follow(vault: string, names: readonly string[]): Promise<string[]>;
  targetOf(name: string): string;
  /** Whether nobody can read the target any more, while its removal can be taken back. */
  isRemoved(name: string): boolean;
  /** Requests that would remove a target, carried out or not. */
  removals(): readonly string[];
}

export async function openFollowingBed(service: (typeof followedServices)[number]): Promise<FollowingBed> {
  const { clouds, sample, app, connections, end } = await openAppBed();
  const recordOf = (vault: string, name: string) =>
    newRecord(connections, { vault, name }, { targetService: service, deletionPolicy: 'follow' });
  const targetOf = (name: string) => recordOf('', name).targetName;
  return {
    clouds,
    app,
    holding: holdingOf(clouds, sample, service),
    targetOf,
    async addVault(vault) {
      await clouds.azure.addVault(vault);
      for (const role of ['Reader', 'Key Vault Secrets User'] as const)
        clouds.azure.grant(sample.app.clientId, role, vault);
    },
    async follow(vault, names) {
      for (const name of names) clouds.azure.vault(vault).set(name, `value of ${name}`);
      const records = names.map((name) => recordOf(vault, name));
      const ids = (await app.ask('records.create', { records })).map(({ id }) => id);
      await app.sync(ids);
      return ids;
    },
    isRemoved(name) {
      if (service === 'secretsmanager') return clouds.aws.secret(region, targetOf(name))?.DeletedDate !== undefined;
      const resource = `projects/${sample.gcp.projectId}/secrets/${targetOf(name)}`;
      return clouds.gcp.secrets.get(resource)?.versions.every(({ state }) => state === 'DISABLED') ?? false;
    },
    removals: () =>
      clouds.desk
        .arrivals()
        .map(({ name }) => name)
        .filter((name) => /:DeleteSecret$|\.(Disable|Destroy)SecretVersion$|\.DeleteSecret$/.test(name)),
    end,
  };
}
