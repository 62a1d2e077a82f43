import { randomUUID } from 'node:crypto';
import { AwsFailure } from '../failure.ts';
import type { Material } from './material.ts';

export interface HeldCertificate {
  readonly arn: string;
  readonly type: 'IMPORTED' | 'AMAZON_ISSUED';
  material: Material;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Of the latest import. */
  importedAt: number;
  /** A tag may be without a value. */
  tags: Map<string, string | undefined>;
  /** The ARNs of what uses it. */
  inUseBy: string[];
}

interface Import {
  readonly arn: string;
  readonly at: number;
  /** Whether it renewed a certificate that was there. */
  readonly again: boolean;
}

/** How many imported certificates a region may hold, and how many imports there may be in 365 days. */
export interface CertificateQuota {
  readonly certificates: number;
  readonly importsPerYear: number;
}

const year = 365 * 24 * 60 * 60 * 1000;

/** The certificates of one region. */
export class CertificateStore {
  /** What stands in ARNs before a certificate's id. */
  readonly arnPrefix: string;
  /** Oldest first; deleting a certificate doesn't take its imports back. */
  readonly imports: Import[] = [];
  private readonly certificates = new Map<string, HeldCertificate>();

  constructor(region: string, accountId: string) {
    this.arnPrefix = `arn:aws:acm:${region}:${accountId}:certificate/`;
  }

  mintArn(): string {
    return `${this.arnPrefix}${randomUUID()}`;
  }

  get(arn: string): HeldCertificate | undefined {
    return this.certificates.get(arn);
  }

  add(arn: string, type: HeldCertificate['type'], material: Material, now: number): HeldCertificate {
    const held = { arn, type, material, createdAt: now, importedAt: now, tags: new Map(), inUseBy: [] };
    this.certificates.set(arn, held);
    if (type === 'IMPORTED') this.imports.push({ arn, at: now, again: false });
    return held;
  }

  renew(held: HeldCertificate, material: Material, now: number): void {
    held.material = material;
    held.importedAt = now;
    this.imports.push({ arn: held.arn, at: now, again: true });
  }

  remove({ arn }: HeldCertificate): void {
    this.certificates.delete(arn);
  }

  /** In order of creation. */
  all(): HeldCertificate[] {
    return [...this.certificates.values()];
  }

  /**
   * Whether a reimport counts against the yearly quota is not documented; the stand-in takes the reading that is harder
   * on its clients.
   * @throws AwsFailure LimitExceededException, with the one sentence that AWS has for both quotas
   */
  checkQuota({ certificates, importsPerYear }: CertificateQuota, isNew: boolean, now: number): void {
    const held = this.all().filter(({ type }) => type === 'IMPORTED').length;
    const lately = this.imports.filter(({ at }) => at > now - year).length;
    if ((isNew && held >= certificates) || lately >= importsPerYear) {
      throw new AwsFailure(
        'LimitExceededException',
        'You have reached the maximum number of certificates. Delete certificates that are not in use, or contact AWS ' +
          'Support to request an increase.',
      );
    }
  }
}
