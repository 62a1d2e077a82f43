import { createHash, X509Certificate } from 'node:crypto';
import { type ACMClient, GetCertificateCommand, ListTagsForCertificateCommand } from '@aws-sdk/client-acm';
import type { CertificateBundle } from '../../domain/certificate.ts';
import { Failure } from '../../domain/failure.ts';
import { ownerTag } from '../../domain/ownership.ts';
import type { TargetState } from '../../domain/plan.ts';
import { product } from '../../product.ts';
import { acmChain } from './rules.ts';
import type { AwsSession } from './session.ts';
import { tagValue } from './tags.ts';

/** What one ARN stands for now, without its private key: ACM does not give that out. */
interface Content {
  /** PEM. */
  readonly leaf: string;
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly fingerprint: string;
  /** Whether it is this certificate with this chain. */
  holds(bundle: CertificateBundle): boolean;
}

export interface Certificates {
  /** @returns undefined if there is none; fails with `denied` where it may not be looked at */
  state(arn: string, name: string, signal: AbortSignal): Promise<Extract<TargetState, { kind: 'present' }> | undefined>;
  /** @returns undefined if there is none */
  content(arn: string, name: string, signal: AbortSignal): Promise<Content | 'unreadable' | undefined>;
}

export function certificatesOf(session: AwsSession<ACMClient>): Certificates {
  async function read(arn: string, name: string, signal: AbortSignal): Promise<Content | undefined> {
    try {
      const { Certificate: leaf, CertificateChain: chain = '' } = await session.call(
        { action: 'acm:GetCertificate', name },
        signal,
        (options) => session.client.send(new GetCertificateCommand({ CertificateArn: arn }), options),
      );
      return leaf === undefined ? undefined : contentOf(leaf, chain);
    } catch (error) {
      if (error instanceof Failure && error.detail.code === 'target-missing') return undefined;
      throw error;
    }
  }

  return {
    async state(arn, name, signal) {
      const content = await read(arn, name, signal);
      if (!content) return undefined;
      const { Tags } = await session.call({ action: 'acm:ListTagsForCertificate', name }, signal, (options) =>
        session.client.send(new ListTagsForCertificateCommand({ CertificateArn: arn }), options),
      );
      const ownerRecordId = tagValue(Tags, ownerTag(product.tagNamespace)) ?? null;
      return { kind: 'present', id: arn, version: content.fingerprint, ownerRecordId };
    },

    async content(arn, name, signal) {
      try {
        return await read(arn, name, signal);
      } catch (error) {
        if (error instanceof Failure && error.kind === 'denied') return 'unreadable';
        throw error;
      }
    },
  };
}

function contentOf(leaf: string, chain: string): Content {
  const prints = fingerprints(leaf + chain);
  return {
    leaf,
    fingerprint: prints[0] ?? '',
    holds: (bundle) => prints.join() === fingerprints(bundle.leaf + acmChain(bundle)).join(),
  };
}

/** Of each certificate in PEM, in order. */
function fingerprints(pem: string): string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => createHash('sha256').update(new X509Certificate(block).raw).digest('hex'));
}
