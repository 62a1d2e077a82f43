import type { RateClass } from '../traffic.ts';

const perSecond = (name: string, calls: number): RateClass => ({ name, rate: { calls, seconds: 1 } });

/**
 * Secrets Manager, for each account and region: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 * DescribeSecret has 10,000 and more, which this app never comes near.
 */
const secretCreate = perSecond('secretsmanager create', 50);
/** PutSecretValue, UpdateSecret, UpdateSecretVersionStage and replication together. */
const secretPut = perSecond('secretsmanager put', 50);
const secretTag = perSecond('secretsmanager tag', 50);
const secretDelete = perSecond('secretsmanager delete', 50);
const secretRestore = perSecond('secretsmanager restore', 50);
const secretList = perSecond('secretsmanager list', 100);

/**
 * Parameter Store: 3 writes and 40 reads a second by default, for the account and region
 * (https://docs.aws.amazon.com/general/latest/gr/ssm.html has the reads; the writes are AWS Support's figure). AWS publishes none
 * for tags and deletions: they are taken to cost what a write and some reads do.
 */
const parameterPut = perSecond('ssm put', 3);
const parameterDelete = perSecond('ssm delete', 3);
const parameterRead = perSecond('ssm read', 40);
const parameterTag = perSecond('ssm tag', 10);

/** Certificate Manager: https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html#api-rate-limits */
const certificate = (action: string, calls: number) => perSecond(`acm ${action}`, calls);

const classes: Readonly<Record<string, RateClass>> = {
  'secretsmanager:CreateSecret': secretCreate,
  'secretsmanager:PutSecretValue': secretPut,
  'secretsmanager:UpdateSecret': secretPut,
  'secretsmanager:ReplicateSecretToRegions': secretPut,
  'secretsmanager:TagResource': secretTag,
  'secretsmanager:UntagResource': secretTag,
  'secretsmanager:DeleteSecret': secretDelete,
  'secretsmanager:RestoreSecret': secretRestore,
  'secretsmanager:ListSecrets': secretList,
  'ssm:PutParameter': parameterPut,
  'ssm:DeleteParameter': parameterDelete,
  'ssm:GetParameter': parameterRead,
  'ssm:DescribeParameters': parameterRead,
  'ssm:AddTagsToResource': parameterTag,
  'ssm:RemoveTagsFromResource': parameterTag,
  'ssm:ListTagsForResource': parameterTag,
  'acm:ImportCertificate': certificate('import', 1),
  'acm:GetCertificate': certificate('get', 10),
  'acm:ListCertificates': certificate('list', 1),
  'acm:ListTagsForCertificate': certificate('list tags', 10),
  'acm:AddTagsToCertificate': certificate('add tags', 5),
  'acm:RemoveTagsFromCertificate': certificate('remove tags', 5),
  'acm:DeleteCertificate': certificate('delete', 5),
};

/** What an action's quota is; undefined for those far beyond what this app can send. */
export function rateOf(action: string): RateClass | undefined {
  return classes[action];
}
