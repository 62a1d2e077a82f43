import { randomBytes } from 'node:crypto';
import { AwsFailure } from '../failure.ts';

export type ParameterType = 'String' | 'StringList' | 'SecureString';
export type Tier = 'Standard' | 'Advanced';

interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  /** What a SecureString reads like without decryption. */
  readonly ciphertext: string | undefined;
  readonly type: ParameterType;
  readonly tier: Tier;
  /** Of a SecureString. */
  readonly keyId: string | undefined;
  readonly description: string | undefined;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** The ARN of who wrote it. */
  readonly modifiedBy: string;
  readonly labels: string[];
}

type NewVersion = Omit<ParameterVersion, 'version' | 'ciphertext' | 'labels'>;

/** "Parameter Store retains the 100 most recently created versions of a parameter": ParameterMaxVersionLimitExceeded. */
const keptVersions = 100;
/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html */
const maxLabels = 10;

/** One parameter with its versions. */
export class Parameter {
  readonly name: string;
  readonly arn: string;
  readonly tags = new Map<string, string>();
  /** Oldest first, never empty once there was a write. */
  readonly versions: ParameterVersion[] = [];

  constructor(name: string, arn: string) {
    this.name = name;
    this.arn = arn;
  }

  get latest(): ParameterVersion {
    const latest = this.versions.at(-1);
    if (latest === undefined) throw new Error('a parameter without versions');
    return latest;
  }

  /**
   * Adds a version; beyond the hundredth the oldest goes.
   * @returns its number
   * @throws AwsFailure ParameterMaxVersionLimitExceeded if the oldest has a label
   */
  write(content: NewVersion): number {
    const [oldest] = this.versions;
    if (oldest !== undefined && this.versions.length >= keptVersions) {
      if (oldest.labels.length > 0) {
        throw new AwsFailure(
          'ParameterMaxVersionLimitExceeded',
          `You attempted to create a new version of ${this.name} by calling the PutParameter API with the overwrite ` +
            `flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated ` +
            'with it. Move the label to another version of the parameter, and try again.',
        );
      }
      this.versions.shift();
    }
    const version = (this.versions.at(-1)?.version ?? 0) + 1;
    const ciphertext = content.type === 'SecureString' ? lookEncrypted(content.value) : undefined;
    this.versions.push({ ...content, version, ciphertext, labels: [] });
    return version;
  }

  /** @param selector a version's number, or a label */
  find(selector: string): ParameterVersion | undefined {
    return this.versions.find(({ version, labels }) => String(version) === selector || labels.includes(selector));
  }

  /**
   * Moves labels to a version, from whichever has them.
   * @throws AwsFailure ParameterVersionLabelLimitExceeded
   */
  label(to: ParameterVersion, labels: readonly string[]): void {
    const added = [...new Set(labels)].filter((label) => !to.labels.includes(label));
    if (to.labels.length + added.length > maxLabels) {
      throw new AwsFailure(
        'ParameterVersionLabelLimitExceeded',
        'A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.',
      );
    }
    for (const version of this.versions) {
      for (const label of added) {
        if (version.labels.includes(label)) version.labels.splice(version.labels.indexOf(label), 1);
      }
    }
    to.labels.push(...added);
  }
}

/** Base64 of what KMS would give: longer than the value, and different each time. */
function lookEncrypted(value: string): string {
  return `AQICAH${randomBytes(Buffer.byteLength(value) + 90).toString('base64')}`;
}
