import type { OperationName } from '../../preload/contract/names.ts';
import type { Input, Output } from '../../preload/contract/operations.ts';
import type { Sample } from '../clouds/sample.ts';
import type { Clouds } from '../clouds/start.ts';

/** Whatever can carry out operations: the app in its window, or without one. */
interface Asks {
  ask<N extends OperationName>(name: N, input: Input<N>): Promise<Output<N>>;
}

/** Saves an Azure and an AWS connection to the stand-ins. @returns their ids */
export async function connectSample(
  app: Asks,
  clouds: Clouds,
  sample: Sample,
  key: 'fullKey' | 'writeOnlyKey' = 'fullKey',
): Promise<{ azure: string; aws: string }> {
  const { tenantId, clientId, clientSecret } = sample.app;
  const azure = await app.ask('connections.save', {
    name: 'Contoso Azure',
    draft: {
      provider: 'azure',
      settings: {
        provider: 'azure',
        tenantId,
        clientId,
        signIn: 'secret',
        cloud: 'custom',
        authority: clouds.azure.loginUrl,
        resourceManager: clouds.azure.armUrl,
        caBundle: clouds.caPem,
      },
      credential: { signIn: 'secret', clientSecret },
    },
  });
  const { accessKeyId, secretAccessKey } = sample[key];
  const aws = await app.ask('connections.save', {
    name: 'Contoso AWS',
    draft: {
      provider: 'aws',
      settings: { provider: 'aws', region: sample.region, endpoint: clouds.aws.url, caBundle: clouds.caPem },
      credential: { accessKeyId, secretAccessKey },
    },
  });
  return { azure: azure.id, aws: aws.id };
}

type NewRecord = Input<'records.create'>['records'][number];

/** A record as the wizard would make it; `change` replaces parts of it. */
export function newRecord(
  connections: { azure: string; aws: string },
  source: { vault: string; name: string },
  change: Partial<NewRecord> = {},
): NewRecord {
  return {
    sourceConnectionId: connections.azure,
    sourceVault: source.vault,
    sourceName: source.name,
    targetConnectionId: connections.aws,
    targetService: 'secretsmanager',
    targetRegion: 'us-east-1',
    targetName: `certifyclouds/${source.name}`,
    schedule: { kind: 'manual' },
    enabled: true,
    copyTags: true,
    conflictPolicy: 'default',
    ...change,
  };
}
