import {
  type ACMClient,
  type CertificateSummary,
  type KeyAlgorithm,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
} from '@aws-sdk/client-acm';
import { Failure, hidesTheEnd } from '../../domain/failure.ts';
import { eachAtMost } from '../call.ts';
import { allPages } from '../listing.ts';
import type { AwsSession } from './session.ts';
import { markTags, tagValue } from './tags.ts';

/** Which certificate has which of our names: ACM does not know them, the tags of each certificate do. */
export interface NameMarks {
  /** @returns the ARN; undefined if no imported certificate has this name */
  find(name: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Makes the certificate of a name. Should its end stay unknown, `find` asks AWS anew for it each time until it is found, or
   * made after all: a list may be older than what was just made.
   * @param make returns the ARN
   */
  whileUnsure(name: string, make: () => Promise<string>): Promise<string>;
  forget(arn: string): void;
}

/** All of them: without this filter ACM lists only certificates with RSA keys of up to 2,048 bits. */
const keyTypes: KeyAlgorithm[] = [
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
];
/** The most ListCertificates gives: https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html */
const pageSize = 1_000;
/** Tags are asked for one certificate at a time, 10 a second at most by ACM's quotas. */
const askedAtOnce = 4;

/** Asks AWS when a name is first looked for, and keeps the answer for as long as the target is open: a run. */
export function nameMarks(session: AwsSession<ACMClient>): NameMarks {
  /** By ARN; null for a certificate without a name of ours. Kept over a failed listing, which then goes on from there. */
  const names = new Map<string, string | null>();
  const unsure = new Set<string>();
  let listing: Promise<void> | undefined;

  async function list(signal: AbortSignal): Promise<void> {
    // What is made while AWS answers is not in its answer.
    const before = [...names.keys()];
    const listed = await allPages(`The list of certificates in ${session.region}`, async (token) => {
      const reply = await session.call({ action: 'acm:ListCertificates' }, signal, (options) =>
        session.client.send(
          new ListCertificatesCommand({
            Includes: { keyTypes },
            MaxItems: pageSize,
            ...(token === undefined ? {} : { NextToken: token }),
          }),
          options,
        ),
      );
      return { items: reply.CertificateSummaryList ?? [], token: reply.NextToken };
    });
    const arns = new Set(listed.filter(isImported).flatMap(({ CertificateArn }) => CertificateArn ?? []));
    for (const arn of before) if (!arns.has(arn)) names.delete(arn);
    const unknown = [...arns].filter((arn) => !names.has(arn));
    await eachAtMost(askedAtOnce, unknown, async (arn) => {
      names.set(arn, (await nameOf(arn, signal)) ?? null);
    });
  }

  async function nameOf(arn: string, signal: AbortSignal): Promise<string | undefined> {
    try {
      const { Tags } = await session.call({ action: 'acm:ListTagsForCertificate', name: arn }, signal, (options) =>
        session.client.send(new ListTagsForCertificateCommand({ CertificateArn: arn }), options),
      );
      return tagValue(Tags, markTags.name);
    } catch (error) {
      // Deleted since it was listed.
      if (error instanceof Failure && error.detail.code === 'target-missing') return undefined;
      throw error;
    }
  }

  /** All who ask meanwhile wait for one listing; one that ended with the patience of whoever began it is begun again. */
  async function listed(signal: AbortSignal): Promise<void> {
    const joined = listing;
    const mine = joined ?? list(signal);
    listing = mine;
    try {
      await mine;
    } catch (error) {
      if (listing === mine) listing = undefined;
      const theirs = joined !== undefined && error instanceof Failure && error.kind === 'cancelled';
      if (!theirs || signal.aborted) throw error;
      await listed(signal);
    }
  }

  return {
    async find(name, signal) {
      if (unsure.has(name)) listing = undefined;
      await listed(signal);
      const found = [...names].find(([, known]) => known === name)?.[0];
      if (found !== undefined) unsure.delete(name);
      return found;
    },

    async whileUnsure(name, make) {
      const wasUnsure = unsure.has(name);
      unsure.add(name);
      try {
        const arn = await make();
        names.set(arn, name);
        unsure.delete(name);
        return arn;
      } catch (error) {
        if (!wasUnsure && error instanceof Failure && !hidesTheEnd(error)) unsure.delete(name);
        throw error;
      }
    },

    forget(arn) {
      names.delete(arn);
    },
  };
}

function isImported({ Type }: CertificateSummary): boolean {
  return Type === 'IMPORTED';
}
