import type { z } from 'zod';
import type { Caller } from '../access-keys.ts';
import { AwsFailure } from '../failure.ts';
import { type Operations as OperationsOn, operation } from '../operation.ts';
import { authorize } from '../policy.ts';
import * as inputs from './inputs.ts';
import { readMaterial } from './material.ts';
import { checkReimport } from './reimport.ts';
import type { CertificateQuota, CertificateStore, HeldCertificate } from './store.ts';
import { addTags, removeTags } from './tags.ts';
import { detail, pem, statusOf, summary } from './views.ts';

/** Where an operation runs: who asks, which region's certificates, and when. */
export interface Scene {
  readonly caller: Caller;
  readonly store: CertificateStore;
  readonly quota: CertificateQuota;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What each operation does and says follows its page in the API reference. */
export const operations: OperationsOn<Scene> = {
  ImportCertificate: operation(inputs.importCertificate, (input, scene: Scene) => {
    const { caller, store, quota, now } = scene;
    const { CertificateArn, Tags = [] } = input;
    const arn = CertificateArn ?? store.mintArn();
    const shown = CertificateArn ?? `${store.arnPrefix}*`;
    authorize(caller, 'acm:ImportCertificate', arn, shown);
    if (Tags.length > 0) authorize(caller, 'acm:AddTagsToCertificate', arn, shown);
    if (CertificateArn !== undefined) {
      const held = existing(CertificateArn, store);
      // "You cannot apply resource tags when reimporting a certificate": API reference, ImportCertificate.
      if (Tags.length > 0) {
        throw new AwsFailure(
          'InvalidParameterException',
          'You cannot apply resource tags when reimporting a certificate.',
        );
      }
      if (held.type !== 'IMPORTED') {
        throw new AwsFailure('ValidationException', `Certificate ${arn} was not imported and cannot be reimported.`);
      }
      const material = readMaterial(input, now);
      checkReimport(held.material, material);
      store.checkQuota(quota, false, now);
      store.renew(held, material, now);
      return { CertificateArn: arn };
    }
    const material = readMaterial(input, now);
    const tags = addTags(new Map(), Tags);
    store.checkQuota(quota, true, now);
    store.add(arn, 'IMPORTED', material, now).tags = tags;
    return { CertificateArn: arn };
  }),

  DescribeCertificate: operation(inputs.oneCertificate, ({ CertificateArn }, scene: Scene) => ({
    Certificate: detail(find('DescribeCertificate', CertificateArn, scene), scene.now),
  })),

  GetCertificate: operation(inputs.oneCertificate, ({ CertificateArn }, scene: Scene) =>
    pem(find('GetCertificate', CertificateArn, scene)),
  ),

  ListCertificates: operation(inputs.listCertificates, (input, { caller, store, now }: Scene) => {
    authorize(caller, 'acm:ListCertificates', '*');
    return list(input, store, now);
  }),

  AddTagsToCertificate: operation(inputs.taggedCertificate, ({ CertificateArn, Tags }, scene: Scene) => {
    const held = find('AddTagsToCertificate', CertificateArn, scene);
    held.tags = addTags(held.tags, Tags);
    return undefined;
  }),

  RemoveTagsFromCertificate: operation(inputs.taggedCertificate, ({ CertificateArn, Tags }, scene: Scene) => {
    const held = find('RemoveTagsFromCertificate', CertificateArn, scene);
    held.tags = removeTags(held.tags, Tags);
    return undefined;
  }),

  ListTagsForCertificate: operation(inputs.oneCertificate, ({ CertificateArn }, scene: Scene) => {
    const { tags } = find('ListTagsForCertificate', CertificateArn, scene);
    return { Tags: [...tags].map(([Key, Value]) => (Value === undefined ? { Key } : { Key, Value })) };
  }),

  DeleteCertificate: operation(inputs.oneCertificate, ({ CertificateArn }, scene: Scene) => {
    const held = find('DeleteCertificate', CertificateArn, scene);
    if (held.inUseBy.length > 0) {
      throw new AwsFailure(
        'ResourceInUseException',
        `Certificate ${CertificateArn} in account ${scene.caller.accountId} is in use.`,
      );
    }
    scene.store.remove(held);
    return undefined;
  }),
};

/** @throws AwsFailure AccessDeniedException, ResourceNotFoundException */
function find(action: string, arn: string, { caller, store }: Scene): HeldCertificate {
  authorize(caller, `acm:${action}`, arn, arn);
  return existing(arn, store);
}

function existing(arn: string, store: CertificateStore): HeldCertificate {
  const held = store.get(arn);
  if (held === undefined) throw new AwsFailure('ResourceNotFoundException', `Could not find certificate ${arn}.`);
  return held;
}

/**
 * "By default, if you call ListCertificates without specifying the keyTypes filter, only RSA_1024 and RSA_2048
 * certificates are returned": user guide, troubleshooting.
 */
const shownByDefault = ['RSA_1024', 'RSA_2048'];

function list(input: z.output<typeof inputs.listCertificates>, store: CertificateStore, now: number): object {
  const { CertificateStatuses, Includes = {}, MaxItems = 100, NextToken, SortBy, SortOrder } = input;
  if ((SortBy === undefined) !== (SortOrder === undefined)) {
    throw new AwsFailure('ValidationException', 'SortBy and SortOrder must be specified together.');
  }
  const { keyTypes = shownByDefault, keyUsage, extendedKeyUsage } = Includes;
  const oldestFirst = store.all().filter((held) => {
    const { keyAlgorithm, keyUsages = [], extendedKeyUsages = [] } = held.material;
    const extended = extendedKeyUsages.map(({ Name }) => Name);
    return (
      (CertificateStatuses?.includes(statusOf(held, now)) ?? true) &&
      keyTypes.includes(keyAlgorithm) &&
      (keyUsage?.every((usage) => keyUsages.includes(usage)) ?? true) &&
      (extendedKeyUsage?.every((usage) => extended.includes(usage)) ?? true)
    );
  });
  const sorted = SortOrder === 'DESCENDING' ? oldestFirst.reverse() : oldestFirst;
  // The token is the ARN of the last certificate shown.
  const before = NextToken === undefined ? -1 : sorted.findIndex(({ arn }) => arn === NextToken);
  if (NextToken !== undefined && before === -1) {
    throw new AwsFailure('InvalidArgsException', 'The NextToken value is invalid.');
  }
  const page = sorted.slice(before + 1, before + 1 + MaxItems);
  const last = page.at(-1);
  return {
    CertificateSummaryList: page.map((held) => summary(held, now)),
    ...(last === undefined || last === sorted.at(-1) ? {} : { NextToken: last.arn }),
  };
}
