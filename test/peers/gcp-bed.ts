import { z } from 'zod';
import { openTarget } from '../../main/clouds/registry.ts';
import type { TargetBed } from '../conformance/target-bed.ts';
import { contentOf } from '../conformance/target-payloads.ts';
import { gcpLabels } from '../conformance/target-traits.ts';
import { connectionTo, openCloudBed } from '../support/cloud-bed.ts';
import { bedBehind, type Owner } from './bed.ts';
import { openFront } from './front.ts';
import { gcpProtocol } from './gcp.ts';

const projectId = 'contoso-sync';
const location = 'global';
const calls = {
  operations: {
    inspect: 'GetSecret',
    tag: 'UpdateSecret',
    create: 'CreateSecret',
    fill: 'AddSecretVersion',
    update: 'AddSecretVersion',
  },
  valueReads: ['AccessSecretVersion'],
};

/**
 * GCP's Secret Manager at a peer that looks at no token; tokens come from the stand-in all the same.
 * @param origin where the peer runs
 */
export async function openGcpBed(origin: string): Promise<TargetBed> {
  const bed = await openCloudBed();
  const { gcp } = bed;
  gcp.addProject(projectId);
  const { keyFile } = await gcp.addServiceAccount(projectId, 'sync');
  const front = await openFront(origin, gcpProtocol, { originOf: (path) => (path === '/token' ? gcp.url : origin) });
  return bedBehind({ service: 'secretmanager', tags: gcpLabels }, calls, bed, front, secretsOwner(origin), () => {
    const at = { projectId, location, endpoint: front.url, caBundle: front.caPem };
    const connection = connectionTo({ provider: 'gcp', signIn: 'key', ...at });
    return openTarget(connection, { serviceAccountKey: keyFile }, 'secretmanager', location, bed.deps);
  });
}

const secretShape = z.object({
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
  replication: z.object({
    userManaged: z.object({ replicas: z.array(z.object({ location: z.string() })) }).optional(),
  }),
});
const versionsShape = z.object({ versions: z.array(z.object({ name: z.string(), state: z.string() })).default([]) });
const payloadShape = z.object({ payload: z.object({ data: z.string() }) });

function secretsOwner(origin: string): Owner {
  /** @returns undefined if there is no such thing */
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const sent = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const reply = await fetch(`${origin}/v1/projects/${projectId}/secrets${path}`, sent);
    if (reply.status === 404) return undefined;
    if (!reply.ok) throw new Error(`the peer answered ${reply.status} to ${method} ${path}`);
    return reply.json();
  }

  return {
    async held(name) {
      const found = await ask('GET', `/${name}`);
      if (found === undefined) return undefined;
      const { labels, annotations, replication } = secretShape.parse(found);
      const { versions } = versionsShape.parse(await ask('GET', `/${name}/versions`));
      const { 'certifyclouds-removed': _, ...tags } = labels;
      const newest = versions.at(-1);
      const readable = newest?.state === 'ENABLED';
      const number = newest?.name.split('/').at(-1);
      const content = readable ? payloadShape.parse(await ask('GET', `/${name}/versions/${number}:access`)) : undefined;
      const replicas = replication.userManaged?.replicas;
      return {
        value: content ? Buffer.from(content.payload.data, 'base64') : null,
        writes: versions.length,
        live: versions.filter(({ state }) => state === 'ENABLED').length,
        tags,
        notes: Object.values(annotations),
        options: replicas ? { replicaLocations: replicas.map((replica) => replica.location) } : {},
      };
    },
    async count() {
      const { secrets } = z.object({ secrets: z.array(z.unknown()) }).parse(await ask('GET', ''));
      return secrets.length;
    },
    async putOutside(name, payload) {
      const replication = { automatic: {} };
      if ((await ask('GET', `/${name}`)) === undefined) await ask('POST', `?secretId=${name}`, { replication });
      await ask('POST', `/${name}:addVersion`, { payload: { data: contentOf(payload).toString('base64') } });
    },
    async tagOutside(name, tags) {
      const { labels } = secretShape.parse(await ask('GET', `/${name}`));
      await ask('PATCH', `/${name}?updateMask=labels`, { labels: { ...labels, ...tags } });
    },
    async removeOutside(name) {
      await ask('DELETE', `/${name}`);
    },
    close() {},
  };
}
