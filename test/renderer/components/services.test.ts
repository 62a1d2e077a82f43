import { expect, test } from 'vitest';
import { targetService } from '../../../preload/contract/views.ts';
import {
  bundleOf,
  optionFacts,
  serviceIds,
  services,
  shapeWords,
  sourceWords,
  tagsWords,
} from '../../../renderer/components/services.ts';
import { recordView } from '../views.ts';

test('every service of the contract has words of its own', () => {
  expect([...serviceIds].sort()).toEqual([...targetService.options].sort());
  for (const word of ['title', 'short'] as const) {
    expect(new Set(serviceIds.map((service) => services[service][word])).size).toBe(serviceIds.length);
  }
});

test('a form names the key it is about', () => {
  expect(shapeWords({ kind: 'json-key', key: 'username' })).toBe('One key of the JSON it holds: username');
  expect(shapeWords({ kind: 'whole' })).toBe('As it is');
});

test('several secrets in one JSON object are told as what they are', () => {
  const more = ['db', 'mq', 'smtp'].map((name) => ({ name, key: name.toUpperCase() }));
  const bundle = recordView({ shape: { kind: 'json-object', key: 'API', more } });
  expect(sourceWords(bundle)).toBe('api-key + 3 more');
  expect(shapeWords(bundle.shape)).toBe('4 secrets as one JSON object');
  expect(bundleOf(bundle)).toEqual([{ name: 'api-key', key: 'API' }, ...more]);
  expect(tagsWords('gcp', bundleOf(bundle))).toContain('those of api-key only');
  for (const shape of [{ kind: 'json-object', key: 'API' } as const, { kind: 'whole' } as const]) {
    const single = recordView({ shape });
    expect(sourceWords(single)).toBe('api-key');
    expect(bundleOf(single)).toEqual([]);
    expect(tagsWords('aws', bundleOf(single))).not.toContain('api-key');
  }
  expect(shapeWords({ kind: 'json-object', key: 'API', more: [] })).toContain(': API');
});

test('only what was chosen is told', () => {
  expect(optionFacts({})).toEqual([]);
  expect(
    optionFacts({
      kmsKeyId: 'alias/app',
      replicaRegions: ['eu-west-1', 'eu-central-1'],
      tier: 'advanced',
      replicaLocations: ['europe-west1'],
      keepVersions: 3,
    }),
  ).toEqual([
    ['KMS key', 'alias/app'],
    ['Replicated to', 'eu-west-1, eu-central-1'],
    ['Tier', 'Advanced'],
    ['Kept in', 'europe-west1'],
    ['Versions kept', 'The newest 3'],
  ]);
});
