import type { TargetService } from '../../main/domain/service.ts';
import { type Sample, seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from './app.ts';
import { connectGcp, connectSample, newRecord } from './connect.ts';
import { type Holding, holdingOf } from './holdings.ts';

const region = 'us-east-1';

/** The services that can take a removal back. */
export const followedServices = ['secretsmanager', 'secretmanager'] as const satisfies readonly TargetService[];

/** The whole app on the stand-ins, with records whose targets of one service follow their sources. */
export interface FollowingBed {
  readonly clouds: Clouds;
  readonly app: TestApp;
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
  end(): Promise<void>;
}

export async function openFollowingBed(service: (typeof followedServices)[number]): Promise<FollowingBed> {
  const clouds = await startClouds();
  const sample: Sample = await seedSample(clouds);
  const app = await startApp();
  const connections = { ...(await connectSample(app, clouds, sample)), gcp: await connectGcp(app, clouds, sample) };
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
    async end() {
      await app.end();
      await clouds.close();
    },
  };
}
