import type { TargetOptions } from '../../main/domain/record.ts';
import type { TargetService } from '../../main/domain/service.ts';
import type { TagForm } from './target-bed.ts';

/** Where services differ by nature: what a case expects of one, and of another instead. */
export interface TargetTraits {
  /** What the suite's names begin with, as the service spells a folder. */
  readonly prefix: string;
  readonly names: { readonly good: readonly string[]; readonly bad: readonly string[] };
  /** A prefix under which no name is allowed; null where names are made fit, whatever they begin with. */
  readonly badPrefix: string | null;
  /** The longest text it keeps, in bytes, and the options that takes; null where it keeps certificates. */
  readonly largest: { readonly bytes: number; readonly options: TargetOptions } | null;
  /** What a version's marker can be told from before the write: the write's key, the payload, or nothing. */
  readonly markerFrom: 'key' | 'payload' | 'nothing';
  /** What was replaced stays as a version. */
  readonly keepsVersions: boolean;
  /** Making a target and giving it its value are two calls. */
  readonly twoSteps: boolean;
  /** What is told of another's write that no look could see: a warning, or nothing, the other's value being lost. */
  readonly unseenWrite: 'warning' | 'lost';
  /** What somebody's deletion leaves. */
  readonly deletion: 'pending' | 'gone';
  /** What the product's own removal leaves. */
  readonly removal: 'pending' | 'gone';
  /** What the smallest rights that still write allow: to create, and to set and remove tags. */
  readonly blind: { readonly create: boolean; readonly tag: boolean; readonly untag: boolean };
  /** Of all options, those it makes a target by. */
  readonly options: TargetOptions;
  /** It keeps versions until it is told which to end. */
  readonly prunes: boolean;
}

/** For every service in one: each takes what is its own. */
export const allOptions: TargetOptions = {
  kmsKeyId: 'alias/conformance',
  replicaRegions: ['eu-west-1'],
  tier: 'advanced',
  replicaLocations: ['europe-west1', 'europe-west3'],
  keepVersions: 2,
};
const { kmsKeyId, replicaRegions, tier, replicaLocations } = allOptions;

const hostile = ['', 'tab\t', 'emoji😀', '\u202egnp'];

export const targetTraits: Readonly<Record<TargetService, TargetTraits>> = {
  secretsmanager: {
    prefix: 'certifyclouds/',
    names: {
      good: ['certifyclouds/api-key', 'A/b_c+d=e.f@g-h', 'x'.repeat(512), 'certifyclouds/db-passwd'],
      bad: [...hostile, 'x'.repeat(513), 'with space', 'ümlaut', 'a:b'],
    },
    badPrefix: 'not allowed/',
    largest: { bytes: 65_536, options: {} },
    markerFrom: 'key',
    keepsVersions: true,
    twoSteps: false,
    unseenWrite: 'warning',
    deletion: 'pending',
    removal: 'pending',
    // The documented policy: four actions, none of which reads or takes a tag away.
    blind: { create: true, tag: true, untag: false },
    options: { kmsKeyId, replicaRegions },
    prunes: false,
  },
  parameterstore: {
    prefix: '/certifyclouds/',
    names: {
      good: ['/certifyclouds/api-key', 'plain', '/A/b_c.d-e', `/${'a/'.repeat(14)}b`],
      bad: [...hostile, 'x'.repeat(1_012), 'with space', 'ümlaut', 'a:b', 'a/b', '/a/', '/a//b', '/AWS/a', 'ssm-a'],
    },
    badPrefix: 'not allowed/',
    largest: { bytes: 8_192, options: { tier } },
    markerFrom: 'key',
    keepsVersions: true,
    twoSteps: false,
    unseenWrite: 'warning',
    deletion: 'gone',
    removal: 'gone',
    blind: { create: true, tag: true, untag: true },
    options: { kmsKeyId, tier },
    prunes: false,
  },
  acm: {
    prefix: 'certifyclouds/',
    names: {
      good: ['certifyclouds/www', 'www.contoso.example', 'größe 1', 'x'.repeat(256)],
      bad: [...hostile, 'x'.repeat(257), 'a;b', ' padded'],
    },
    badPrefix: 'not;allowed/',
    largest: null,
    markerFrom: 'payload',
    keepsVersions: false,
    twoSteps: false,
    // An import replaces what the ARN stood for, without a condition, a version or a trace.
    unseenWrite: 'lost',
    deletion: 'gone',
    removal: 'gone',
    // Its names are tags: without reading them nothing is created, or there would soon be two.
    blind: { create: false, tag: true, untag: false },
    options: {},
    prunes: false,
  },
  secretmanager: {
    prefix: 'certifyclouds_',
    names: {
      good: ['certifyclouds_api-key', 'A-b_9', 'x'.repeat(255)],
      bad: [...hostile, 'x'.repeat(256), 'with space', 'ümlaut', 'a/b', 'a.b'],
    },
    badPrefix: 'not allowed/',
    largest: { bytes: 65_536, options: {} },
    markerFrom: 'nothing',
    keepsVersions: true,
    twoSteps: true,
    unseenWrite: 'warning',
    deletion: 'gone',
    removal: 'pending',
    // Labels are changed by reading them first.
    blind: { create: true, tag: false, untag: false },
    options: { replicaLocations },
    prunes: true,
  },
  certificatemanager: {
    prefix: 'certifyclouds-',
    names: {
      good: ['certifyclouds-www', 'a', `a${'9'.repeat(62)}`],
      bad: [...hostile, 'a'.repeat(64), 'with space', 'Capital', 'a_b', 'a/b', '9a', 'a-'],
    },
    badPrefix: null,
    largest: null,
    markerFrom: 'payload',
    keepsVersions: false,
    twoSteps: false,
    // An update has no condition, and replaces without a version or a trace.
    unseenWrite: 'lost',
    deletion: 'gone',
    removal: 'gone',
    blind: { create: true, tag: false, untag: false },
    options: {},
    prunes: false,
  },
};

/** Tags as AWS keeps them: https://docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html */
export const awsTags: TagForm = {
  kept: (tags) => ({ ...tags }),
  key: /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/iu,
  value: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u,
};

/** Labels: https://cloud.google.com/resource-manager/docs/labels-overview#requirements */
export const gcpLabels: TagForm = {
  kept: (tags) => Object.fromEntries(Object.entries(tags).map(([key, value]) => [key.replace(':', '-'), value])),
  key: /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u,
  value: /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u,
};
