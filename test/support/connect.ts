import type { AwsSettings, AzureSettings, GcpSettings } from '../../main/domain/connection.ts';
import { serviceFacts } from '../../main/domain/service.ts';
import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Output } from '../../preload/contract/operations.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';

/** Whatever can carry out operations: the app in its window, or without one. */
interface Asks {
  ask<N extends OperationName>(name: N, input: Input<N>): Promise<Output<N>>;
}

/** Where the stand-ins are: they themselves, or what another process was told of them. */
export interface Places extends Pick<Clouds, 'caPem'> {
  readonly azure: Pick<Clouds['azure'], 'loginUrl' | 'armUrl'>;
  readonly aws: Pick<Clouds['aws'], 'url'>;
  readonly gcp: Pick<Clouds['gcp'], 'url'>;
}

/** Settings that lead to the stand-ins, signing in as the sample's app; `change` replaces parts of them. */
export function azureSettings(clouds: Places, { app }: Sample, change: Partial<AzureSettings> = {}): AzureSettings {
  return {
    provider: 'azure',
    tenantId: app.tenantId,
    clientId: app.clientId,
    signIn: 'secret',
    cloud: 'custom',
    authority: clouds.azure.loginUrl,
    resourceManager: clouds.azure.armUrl,
    caBundle: clouds.caPem,
    ...change,
  };
}

export function awsSettings(clouds: Places, { region }: Sample, change: Partial<AwsSettings> = {}): AwsSettings {
  return { provider: 'aws', signIn: 'keys', region, endpoint: clouds.aws.url, caBundle: clouds.caPem, ...change };
}

export function gcpSettings(clouds: Places, { gcp }: Sample, change: Partial<GcpSettings> = {}): GcpSettings {
  return {
    provider: 'gcp',
    signIn: 'key',
    projectId: gcp.projectId,
    location: 'global',
    endpoint: clouds.gcp.url,
    caBundle: clouds.caPem,
    ...change,
  };
}

/** Saves an Azure and an AWS connection to the stand-ins. @returns their ids */
export async function connectSample(
  app: Asks,
  clouds: Places,
  sample: Sample,
  key: 'fullKey' | 'writeOnlyKey' = 'fullKey',
): Promise<{ azure: string; aws: string }> {
  const { clientSecret } = sample.app;
  const azure = await app.ask('connections.save', {
    name: 'Contoso Azure',
    draft: {
      provider: 'azure',
      settings: azureSettings(clouds, sample),
      credential: { signIn: 'secret', clientSecret },
    },
  });
  const { accessKeyId, secretAccessKey } = sample[key];
  const aws = await app.ask('connections.save', {
    name: 'Contoso AWS',
    draft: {
      provider: 'aws',
      settings: awsSettings(clouds, sample),
      credential: { accessKeyId, secretAccessKey },
    },
  });
  return { azure: azure.id, aws: aws.id };
}

/** Saves a GCP connection to the stand-in's sample project. @returns its id */
export async function connectGcp(app: Asks, clouds: Places, sample: Sample): Promise<string> {
  const { id } = await app.ask('connections.save', {
    name: 'Contoso GCP',
    draft: {
      provider: 'gcp',
      settings: gcpSettings(clouds, sample),
      credential: { serviceAccountKey: sample.gcp.full.keyFile },
    },
  });
  return id;
}

/** The ids of one connection to each provider. */
export interface Connections {
  readonly azure: string;
  readonly aws: string;
  readonly gcp: string;
}

/** Saves a connection to each of the stand-ins. */
export async function connectAll(app: Asks, clouds: Places, sample: Sample): Promise<Connections> {
  return { ...(await connectSample(app, clouds, sample)), gcp: await connectGcp(app, clouds, sample) };
}

type NewRecord = Input<'records.create'>['records'][number];

/** What the wizard's own naming rule makes of a name, by service: see main/clouds/names. */
const targetNames: Readonly<Record<NewRecord['targetService'], (name: string) => string>> = {
  secretsmanager: (name) => `certifyclouds/${name}`,
  parameterstore: (name) => `/certifyclouds/${name}`,
  acm: (name) => `certifyclouds/${name}`,
  secretmanager: (name) => `certifyclouds_${name}`,
  certificatemanager: (name) => `certifyclouds-${name}`,
};

/** A record as the wizard would make it; `change` replaces parts of it. GCP's services need a connection to GCP. */
export function newRecord(
  connections: { azure: string; aws: string; gcp?: string },
  source: { vault: string; name: string },
  change: Partial<NewRecord> = {},
): NewRecord {
  const { targetService = 'secretsmanager' } = change;
  const { provider, keeps } = serviceFacts[targetService];
  return {
    sourceConnectionId: connections.azure,
    sourceKind: keeps === 'certificates' ? 'certificate' : 'secret',
    sourceVault: source.vault,
    sourceName: source.name,
    targetConnectionId: provider === 'gcp' ? (connections.gcp ?? '') : connections.aws,
    targetService,
    targetRegion: provider === 'gcp' ? 'global' : 'us-east-1',
    targetName: targetNames[targetService](source.name),
    shape: { kind: 'whole' },
    options: {},
    schedule: { kind: 'manual' },
    enabled: true,
    syncOnChange: false,
    copyTags: true,
    conflictPolicy: 'default',
    deletionPolicy: 'default',
    ...change,
  };
}
