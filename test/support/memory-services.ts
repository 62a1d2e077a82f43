import type { TargetOptions } from '../../main/domain/record.ts';
import type { TargetService } from '../../main/domain/service.ts';

/** How a memory target place behaves: as its service does where the engine and the conformance suite can tell. */
interface MemoryService {
  /** What the marker of a version is: the writer's key, its number with the writer's key, its number, or the certificate's hash. */
  readonly marker: 'key' | 'number-and-key' | 'number' | 'fingerprint';
  /** The most it stores, in bytes; a certificate's has no limit that matters here. */
  readonly maxBytes: (options: TargetOptions) => number;
  readonly overview: boolean;
  /** Making a target and giving it its value are two calls. */
  readonly twoSteps: boolean;
  /** What becomes of what is deleted: by anybody who does not insist, or `disabled` by the product alone. */
  readonly removal: 'pending' | 'disabled' | 'gone';
  /** What a credential may do that may not look. */
  readonly blind: readonly ('create' | 'tag' | 'untag')[];
  /** The options that mean something to it. */
  readonly options: readonly (keyof TargetOptions)[];
}

const anySize = () => Number.POSITIVE_INFINITY;

export const memoryServices: Readonly<Record<TargetService, MemoryService>> = {
  secretsmanager: {
    marker: 'key',
    maxBytes: () => 65_536,
    overview: true,
    twoSteps: false,
    removal: 'pending',
    blind: ['create', 'tag'],
    options: ['kmsKeyId', 'replicaRegions'],
  },
  parameterstore: {
    marker: 'number-and-key',
    maxBytes: ({ tier = 'standard' }) => (tier === 'standard' ? 4_096 : 8_192),
    overview: true,
    twoSteps: false,
    removal: 'gone',
    blind: ['create', 'tag', 'untag'],
    options: ['kmsKeyId', 'tier'],
  },
  acm: {
    marker: 'fingerprint',
    maxBytes: anySize,
    overview: false,
    twoSteps: false,
    removal: 'gone',
    // Its names are tags, which have to be read to find out that there is none yet.
    blind: ['tag'],
    options: [],
  },
  secretmanager: {
    marker: 'number',
    maxBytes: () => 65_536,
    overview: false,
    twoSteps: true,
    removal: 'disabled',
    blind: ['create'],
    options: ['replicaLocations'],
  },
  certificatemanager: {
    marker: 'fingerprint',
    maxBytes: anySize,
    overview: true,
    twoSteps: false,
    removal: 'gone',
    blind: ['create'],
    options: [],
  },
};
