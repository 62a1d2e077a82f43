import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TargetService } from '../../main/domain/service.ts';
import { type CertificateIssuer, createIssuer } from '../clouds/kernel/certificate-chain.ts';
import { seedSample } from '../clouds/sample.ts';
import { type Clouds, startClouds } from '../clouds/start.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { connectSample, newRecord } from '../support/connect.ts';
import { awsProtocol, everything, keyOf } from './aws.ts';
import { type Front, openFront } from './front.ts';
import { gcpProtocol } from './gcp.ts';
import type { Peer } from './peer.ts';
import { awsPlace, domainOf, gcpPlace, type Place } from './places.ts';

const vault = 'kv-production';
const secrets = ['api-key', 'support-passphrase', 'service-bundle', 'deploy-key', 'mail-api-key'];
const certificates = ['web-shop', 'web-api'];
const projectId = 'contoso-prod';

/**
 * The whole app, with Azure's stand-in on one side and one service of somebody else's on the other.
 * @param origin where the peer runs
 */
export function describeApp(peer: Peer, service: TargetService, origin: string): void {
  describe('the app', () => {
    let clouds: Clouds;
    let front: Front;
    let app: TestApp;
    let place: Place;
    let issuer: CertificateIssuer;
    let connections: { azure: string; target: string };
    let records: ReturnType<typeof newRecord>[];
    let ids: string[];
    const inVault = new Map<string, string>();
    const kind = service === 'acm' ? 'certificate' : 'secret';
    const names = kind === 'certificate' ? certificates : secrets;
    const [changed = '', lost = ''] = names;

    beforeAll(async () => {
      clouds = await startClouds();
      issuer = await createIssuer('P-256');
      const sample = await seedSample(clouds);
      clouds.azure.grant(sample.app.clientId, 'Key Vault Certificate User', vault);
      app = await startApp();
      const { azure } = await connectSample(app, clouds, sample);
      const target = service === 'secretmanager' ? await openGcp() : await openAws();
      connections = { azure, target };
      for (const name of names) {
        if (kind === 'certificate') await putCertificate(name);
        else inVault.set(name, clouds.azure.vault(vault).find(name).versions.at(-1)?.value ?? '');
      }
    });
    afterAll(async () => {
      await app.end();
      place.close();
      await front.close();
      await clouds.close();
    });

    function recordOf(name: string) {
      const record = records.find(({ sourceName }) => sourceName === name);
      if (record === undefined) throw new Error(`no record of ${name}`);
      return record;
    }

    async function openAws(): Promise<string> {
      front = await openFront(origin, awsProtocol);
      place = awsPlace(service, origin, await keyOf(peer, origin, everything));
      const { id } = await app.ask('connections.save', {
        name: peer.name,
        draft: {
          provider: 'aws',
          settings: {
            provider: 'aws',
            signIn: 'keys',
            region: 'us-east-1',
            endpoint: front.url,
            caBundle: front.caPem,
          },
          credential: await keyOf(peer, origin, everything),
        },
      });
      return id;
    }

    async function openGcp(): Promise<string> {
      front = await openFront(origin, gcpProtocol, {
        originOf: (path) => (path === '/token' ? clouds.gcp.url : origin),
      });
      place = gcpPlace(origin, projectId);
      clouds.gcp.addProject(projectId);
      const { keyFile } = await clouds.gcp.addServiceAccount(projectId, 'sync');
      const { id } = await app.ask('connections.save', {
        name: peer.name,
        draft: {
          provider: 'gcp',
          settings: {
            provider: 'gcp',
            signIn: 'key',
            projectId,
            location: 'global',
            endpoint: front.url,
            caBundle: front.caPem,
          },
          credential: { serviceAccountKey: keyFile },
        },
      });
      return id;
    }

    async function putCertificate(name: string): Promise<void> {
      const issued = await issuer.issue({ commonName: domainOf(name) });
      clouds.azure.vault(vault).certificates.set(name, { pfxBase64: issued.pfxBase64() });
      inVault.set(name, issued.leaf.fingerprint256);
    }

    async function change(name: string): Promise<void> {
      if (kind === 'certificate') return putCertificate(name);
      clouds.azure.vault(vault).set(name, `changed ${name}`);
      inVault.set(name, `changed ${name}`);
    }

    it('the connection passes its test', async () => {
      const asked = { testId: crypto.randomUUID(), connectionId: connections.target };
      const steps = await app.ask('connections.test', asked);
      expect(steps.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    });

    it('everything arrives as it is', async () => {
      const { azure, target } = connections;
      records = names.map((name) =>
        newRecord({ azure, aws: target, gcp: target }, { vault, name }, { targetService: service }),
      );
      ids = (await app.ask('records.create', { records })).map(({ id }) => id);
      expect(await app.sync(ids)).toMatchObject({ phase: 'done', written: names.length, attention: 0 });
      for (const record of records)
        expect(await place.held(record)).toEqual({ content: inVault.get(record.sourceName), versions: 1 });
    });

    it('nothing is written when nothing changed', async () => {
      front.desk.clearArrivals();
      expect(await app.sync(ids)).toMatchObject({ unchanged: names.length, written: 0 });
      const asked = front.desk.arrivals().map((arrival) => arrival.name);
      const known = /^(\w+:)?(Describe|List|Get(?!SecretValue$|Parameter$)|token|TestIam)/;
      expect(asked.filter((name) => !known.test(name))).toEqual([]);
    });

    it('what changed in Azure replaces what was there', async () => {
      await change(changed);
      expect(await app.sync(ids)).toMatchObject({ written: 1, unchanged: names.length - 1, attention: 0 });
      const versions = kind === 'certificate' ? 1 : 2;
      expect(await place.held(recordOf(changed))).toEqual({ content: inVault.get(changed), versions });
    });

    it('a write whose reply was lost is there once', async () => {
      await change(lost);
      front.desk.addFault({ name: place.update, fault: { kind: 'lose-reply' }, times: 1 });
      expect(await app.sync(ids.slice(1, 2))).toMatchObject({ written: 1, attention: 0 });
      const versions = kind === 'certificate' ? 1 : 2;
      expect(await place.held(recordOf(lost))).toEqual({ content: inVault.get(lost), versions });
    });

    it('after all that there is nothing left to do', async () => {
      expect(await app.sync(ids)).toMatchObject({ unchanged: names.length, written: 0, attention: 0 });
    });
  });
}
