import { expect, test } from 'vitest';
import { optionsOf, plainOptions } from '../../../renderer/screens/add-sync/options.ts';

test('a service is told nothing that was not asked for, and nothing that is for another', () => {
  const everything = {
    ...plainOptions,
    kmsKeyId: 'alias/app',
    replicaRegions: 'eu-west-1',
    tier: 'advanced' as const,
    replication: 'chosen' as const,
    replicaLocations: 'europe-west1',
    versions: 'newest' as const,
    keepVersions: 5,
  };
  const told = (service: Parameters<typeof optionsOf>[0], region: string, typed = everything) =>
    optionsOf(service, region, typed);
  expect(told('secretsmanager', 'us-east-1')).toEqual({
    options: { kmsKeyId: 'alias/app', replicaRegions: ['eu-west-1'] },
  });
  expect(told('parameterstore', 'us-east-1')).toEqual({ options: { kmsKeyId: 'alias/app', tier: 'advanced' } });
  expect(told('acm', 'us-east-1')).toEqual({ options: {} });
  expect(told('secretmanager', 'global')).toEqual({
    options: { replicaLocations: ['europe-west1'], keepVersions: 5 },
  });
  expect(told('secretmanager', 'europe-west1')).toEqual({ options: { keepVersions: 5 } });
  expect(told('certificatemanager', 'global')).toEqual({ options: {} });
  expect(optionsOf('secretsmanager', 'us-east-1', plainOptions)).toEqual({ options: {} });
  expect(optionsOf('secretmanager', 'global', plainOptions)).toEqual({ options: {} });
});

test.each([
  ['secretsmanager', 'us-east-1', { kmsKeyId: 'no such key!' }, 'kmsKeyId'],
  ['parameterstore', 'us-east-1', { kmsKeyId: 'no such key!' }, 'kmsKeyId'],
  ['secretsmanager', 'us-east-1', { replicaRegions: 'eu-west-1 nowhere' }, 'replicaRegions'],
  ['secretsmanager', 'us-east-1', { replicaRegions: 'us-east-1' }, 'replicaRegions'],
  [
    'secretsmanager',
    'us-east-1',
    { replicaRegions: Array.from({ length: 21 }, (_, index) => `eu-west-${index + 1}`).join() },
    'replicaRegions',
  ],
  ['secretmanager', 'global', { replication: 'chosen' as const, replicaLocations: ' , ' }, 'replicaLocations'],
  ['secretmanager', 'global', { replication: 'chosen' as const, replicaLocations: 'global' }, 'replicaLocations'],
  ['secretmanager', 'global', { versions: 'newest' as const, keepVersions: 0 }, 'keepVersions'],
  ['secretmanager', 'global', { versions: 'newest' as const, keepVersions: '' }, 'keepVersions'],
] as const)('%s in %s refuses %j at its field', (service, region, typed, field) => {
  const refused = optionsOf(service, region, { ...plainOptions, ...typed });
  expect(refused).toMatchObject({ field });
  expect('sentence' in refused && refused.sentence).toMatch(/^[A-Z].+\.$/);
});

test('places are separated by commas or spaces, each once', () => {
  const typed = { ...plainOptions, replicaRegions: ' eu-west-1,eu-central-1  eu-west-1 ' };
  expect(optionsOf('secretsmanager', 'us-east-1', typed)).toEqual({
    options: { replicaRegions: ['eu-west-1', 'eu-central-1'] },
  });
});
