import type { FailureDetail } from '../../domain/failure.ts';
import type { AwsCall } from './classify.ts';

/** What an action's service keeps, in its own word. */
export function nounOf({ action }: Pick<AwsCall, 'action'>): string {
  if (action.startsWith('ssm:')) return 'parameter';
  return action.startsWith('acm:') ? 'certificate' : 'secret';
}

/** What a call was about, in words. */
export function subjectOf({ name, region }: Pick<AwsCall, 'name' | 'region'>): string {
  return name === undefined ? `in ${region}` : `${name} in ${region}`;
}

interface AwsError {
  readonly name: string;
  /** AWS's text: looked at, never shown. */
  readonly message: string;
}

/** A refusal that only this one service words so, as the API references of Secrets Manager, Systems Manager and ACM have it. */
export function serviceRefusal(error: AwsError, call: AwsCall): FailureDetail | undefined {
  const what = `${nounOf(call)} ${subjectOf(call)}`;
  switch (error.name) {
    case 'ResourceNotFoundException':
    case 'ParameterNotFound':
    // Systems Manager, of a parameter that is to be tagged.
    case 'InvalidResourceId':
      return targetMissing(what);
    case 'ParameterAlreadyExists':
      return targetExists(what);
    case 'ResourceExistsException':
      return call.action === 'secretsmanager:CreateSecret' ? targetExists(what) : versionExists(what);
    case 'InvalidRequestException':
      return invalidRequest(error.message, subjectOf(call));
    case 'LimitExceededException':
    case 'ServiceQuotaExceededException':
    case 'ParameterLimitExceeded':
      return quotaUsedUp(call);
    case 'ParameterMaxVersionLimitExceeded':
      return {
        kind: 'quota',
        code: 'parameter-versions',
        sentence: `The ${what} has 100 versions, and the oldest cannot go because it carries a label. Nothing was written.`,
        fix: 'Move the label to a newer version, or remove it, in the AWS console (Parameter Store > History).',
      };
    case 'HierarchyTypeMismatchException':
      return notSecure(subjectOf(call));
    case 'TooManyUpdates':
    case 'ConflictException':
      return {
        kind: 'throttled',
        code: 'aws-busy',
        sentence: `The ${what} is being changed by somebody else at this moment.`,
        fix: 'Nothing to do: the app waits and tries again.',
      };
    case 'ResourceInUseException':
      return {
        kind: 'conflict',
        code: 'target-in-use',
        sentence: `The ${what} is in use by a load balancer or another service, so AWS does not delete it.`,
        fix: 'Look at "In use by" of the certificate in the AWS console, and move what uses it to another certificate first.',
      };
    case 'TooManyTagsException':
    case 'TooManyTagsError':
      return {
        kind: 'invalid',
        code: 'tags-too-many',
        sentence: `The ${what} would have more than the 50 tags that AWS allows, with those it has from elsewhere.`,
        fix: 'Remove tags from it in the AWS console, or switch off copying tags for this record.',
      };
    case 'EncryptionFailure':
    case 'DecryptionFailure':
    case 'KMSAccessDeniedException':
      return kmsRefused(call);
    case 'InvalidKeyId':
      return kmsKeyUnknown(what);
    case 'ValidationException':
      return call.action === 'ssm:PutParameter'
        ? parameterRefused(error.message, what)
        : certificateRefused(error.message, call);
    case 'InvalidParameterException':
      if (/KMS key/i.test(error.message)) return kmsKeyUnknown(what);
      if (call.action === 'secretsmanager:DeleteSecret' && /replica/i.test(error.message)) return replicated(what);
      return certificateRefused(error.message, call);
    default:
      return undefined;
  }
}

function kmsKeyUnknown(what: string): FailureDetail {
  return {
    kind: 'invalid',
    code: 'aws-kms-key',
    sentence: `AWS does not know the KMS key that the ${what} is to be encrypted with, or it cannot be used.`,
    fix: 'Check the KMS key of the record: its id or alias, that it is in the same region, and enabled.',
  };
}

/** @param what the target in words, with its service's noun, name and region; so in all the following */
export function targetMissing(what: string): FailureDetail {
  return {
    kind: 'not-found',
    code: 'target-missing',
    sentence: `There is no ${what}.`,
    fix: 'Press Overwrite target to create it again, or delete the record if it is no longer wanted.',
  };
}

export function targetExists(what: string): FailureDetail {
  return {
    kind: 'conflict',
    code: 'target-exists',
    sentence: `There is already a ${what}. Its value was not touched.`,
    fix: 'Press Overwrite target to replace its value from now on, or choose another target name.',
  };
}

function versionExists(what: string): FailureDetail {
  return {
    kind: 'conflict',
    code: 'version-exists',
    sentence: `The ${what} already has this version with another value.`,
    fix: 'Press Sync Now: the app then reads the secret anew and writes it as a new version.',
  };
}

/** @param subject the parameter's name and region */
export function notSecure(subject: string): FailureDetail {
  return {
    kind: 'conflict',
    code: 'target-not-secure',
    sentence: `The parameter ${subject} is not a SecureString, so its value lies open, and its type cannot be changed. It was left as it is.`,
    fix: 'Delete the parameter in the AWS console if nothing needs it, or choose another target name.',
  };
}

/** @param action the right that is missing, where AWS told */
export function kmsRefused(call: AwsCall, action?: string): FailureDetail {
  return {
    kind: 'denied',
    code: 'aws-kms-denied',
    sentence: `The encryption key of the ${nounOf(call)} ${subjectOf(call)} cannot be used with these AWS credentials.`,
    fix: `Allow ${action ?? 'kms:GenerateDataKey, kms:Encrypt and kms:Decrypt'} on that key, and check that the key is enabled.`,
  };
}

function quotaUsedUp({ action, region }: AwsCall): FailureDetail {
  const told = (sentence: string, fix: string): FailureDetail => ({ kind: 'quota', code: 'aws-quota', sentence, fix });
  if (action.startsWith('ssm:'))
    return told(
      `The account has as many parameters of this tier in ${region} as AWS allows (10,000 standard, 100,000 advanced).`,
      'Delete parameters that are not needed, or set the tier of the record to advanced, at about $0.05 a month.',
    );
  if (action.startsWith('acm:'))
    return told(
      `A quota of AWS Certificate Manager in ${region} is used up: certificates kept (2,500), or imports in the last 365 days (5,000), if AWS did not set others for this account.`,
      'Delete certificates that are not needed, or ask AWS for a higher quota (Service Quotas > Certificate Manager).',
    );
  return told(
    `A quota of AWS Secrets Manager in ${region} is used up: secrets in the account, or versions of one secret.`,
    'Delete secrets that are not needed, ask AWS for a higher quota, or sync this secret less often.',
  );
}

function invalidRequest(message: string, subject: string): FailureDetail {
  if (/deletion|marked deleted|scheduled to be deleted/i.test(message)) return pendingDeletion(subject);
  if (/managed by|owned by|owning service|managed secret/i.test(message)) return managedByService(subject);
  return {
    kind: 'invalid',
    code: 'aws-refused',
    sentence: `AWS refused this for the secret ${subject} in its present state.`,
    fix: 'Look at the secret in the AWS console: its rotation, replication and state.',
  };
}

/** @param subject the secret's name and region */
export function pendingDeletion(subject: string): FailureDetail {
  return {
    kind: 'conflict',
    code: 'target-pending-deletion',
    sentence: `The secret ${subject} is scheduled for deletion in AWS, so it can neither be written nor created anew.`,
    fix: 'Press Overwrite target to cancel the deletion and write it again, or wait until its recovery window is over.',
  };
}

/** @param subject the secret's name and region */
export function managedByService(subject: string): FailureDetail {
  return {
    kind: 'conflict',
    code: 'target-managed',
    sentence: `The secret ${subject} is managed by another AWS service, which alone may change it.`,
    fix: 'Choose another target name.',
  };
}

function replicated(what: string): FailureDetail {
  return {
    kind: 'conflict',
    code: 'target-replicated',
    sentence: `The ${what} has replicas in other regions, and AWS deletes it only without them.`,
    fix: 'Delete its replicas in the AWS console first, if nothing there needs them.',
  };
}

function parameterRefused(message: string, what: string): FailureDetail | undefined {
  // An update gives no type, which only a parameter that is there can do without.
  if (/type is required/i.test(message)) return targetMissing(what);
  if (/\btier\b/i.test(message)) {
    return {
      kind: 'invalid',
      code: 'parameter-tier',
      sentence: `AWS refused the tier for the ${what}: an advanced parameter cannot become a standard one again, and a standard one holds 4,096 bytes.`,
      fix: 'Set the tier of the record to advanced or intelligent.',
    };
  }
  return undefined;
}

/** What ACM finds wrong with a certificate that passed this app's own checks. */
function certificateRefused(message: string, call: AwsCall): FailureDetail | undefined {
  if (call.action !== 'acm:ImportCertificate') return undefined;
  const rule =
    certificateRules.find(([pattern]) => pattern.test(message))?.[1] ?? 'AWS does not say which rule it breaks';
  return {
    kind: 'invalid',
    code: 'certificate-refused',
    sentence: `AWS Certificate Manager refused the certificate for ${subjectOf(call)}: ${rule}. What it held before was kept.`,
    fix: 'Issue the certificate anew in Azure by these rules, or sync it to a secret target as PEM or PFX.',
  };
}

const certificateRules: readonly (readonly [RegExp, string])[] = [
  [/chain/i, 'its chain is not in order or not complete'],
  [/private key|does not match|mismatch/i, 'its private key does not fit it, or is of a kind that ACM does not take'],
  [/expired|not yet valid|validity|not valid/i, 'it is not valid now'],
  [/key usage/i, 'its key usages differ from those of the certificate it replaces'],
  [
    /key (type|algorithm|size|length)|algorithm/i,
    'the type or size of its key is not taken, or differs from the one it replaces',
  ],
  [/domain/i, 'it has none of the names of the certificate it replaces'],
];
