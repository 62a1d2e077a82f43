import { describeTarget } from './target.ts';
import type { TargetBed } from './target-bed.ts';
import { gcpProject, openGcpTargetBed } from './target-gcp-bed.ts';
import { contentOf } from './target-payloads.ts';

describeTarget('GCP Secret Manager', () => openBed('global'));
describeTarget('GCP Secret Manager, regional', async () => ({ ...(await openBed('europe-west3')), options: {} }));

/** The secrets of a project, or those of one of its regions: others, which are nowhere else. */
function openBed(location: string): Promise<TargetBed> {
  return openGcpTargetBed('secretmanager', location, ({ secrets }) => {
    const region = location === 'global' ? undefined : location;
    const parent = region === undefined ? `projects/${gcpProject}` : `projects/${gcpProject}/locations/${region}`;
    const full = (name: string) => `${parent}/secrets/${name}`;
    return {
      operations: {
        inspect: 'SecretManagerService.GetSecret',
        tag: 'SecretManagerService.UpdateSecret',
        create: 'SecretManagerService.CreateSecret',
        fill: 'SecretManagerService.AddSecretVersion',
        update: 'SecretManagerService.AddSecretVersion',
      },
      valueReads: ['SecretManagerService.AccessSecretVersion'],
      // To tell after a lost answer what is held; the recommended role does without.
      granted: ['secretmanager.versions.access'],
      smallest: ['secretmanager.secrets.create', 'secretmanager.secrets.update', 'secretmanager.versions.add'],
      held(name) {
        const secret = secrets.get(full(name));
        if (!secret) return undefined;
        const { versions, labels, annotations, replication } = secret;
        const locations = replication && 'userManaged' in replication ? replication.userManaged.replicas : [];
        return {
          value: secrets.value(full(name)) ?? null,
          writes: versions.length,
          live: versions.filter(({ state }) => state === 'ENABLED').length,
          tags: labels,
          notes: Object.values(annotations),
          options: locations.length === 0 ? {} : { replicaLocations: locations.map(({ location }) => location) },
        };
      },
      count: () => secrets.ids(gcpProject, region).length,
      putOutside: (name, payload) => void secrets.put(full(name), contentOf(payload)),
      tagOutside: (name, tags) => secrets.label(full(name), tags),
      removeOutside: (name) => secrets.remove(full(name)),
    };
  });
}
