import { randomUUID } from 'node:crypto';
import type { AccessKey } from './aws/index.ts';
import type { AppCredentials } from './azure/index.ts';
import type { ServiceAccountKey } from './gcp/index.ts';
import type { TlsIdentity } from './kernel/server.ts';
import { seedCertificates } from './sample-certificates.ts';
import { devSecrets, productionSecrets, type SecretEntry, stagingSecrets } from './sample-secrets.ts';
import type { Clouds } from './start.ts';

/** What is needed to sign in to the sample. Made in this process, gone with it. */
export interface Sample {
  readonly app: AppCredentials;
  /** A second way to sign in as the same app. */
  readonly appCertificate: TlsIdentity;
  readonly region: string;
  /** May do all that the product can make use of in Secrets Manager, Parameter Store and Certificate Manager. */
  readonly fullKey: AccessKey;
  /** Has exactly the documented policy: four writing actions below `certifyclouds/`. */
  readonly writeOnlyKey: AccessKey;
  /** A role with the rights of the full key, and a key that may do nothing but assume it. */
  readonly role: { readonly arn: string; readonly externalId: string; readonly key: AccessKey };
  readonly gcp: {
    readonly projectId: string;
    /** May do all that the product can make use of. */
    readonly full: ServiceAccountKey;
    /** May make secrets and their versions, and look at nothing. */
    readonly writeOnly: ServiceAccountKey;
    /** May do nothing but act as the full account. */
    readonly impersonator: ServiceAccountKey;
  };
}

const writeOnlyPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'secretsmanager:CreateSecret',
        'secretsmanager:UpdateSecret',
        'secretsmanager:PutSecretValue',
        'secretsmanager:TagResource',
      ],
      Resource: 'arn:aws:secretsmanager:*:*:secret:certifyclouds/*',
    },
  ],
};

const fullPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'secretsmanager:CreateSecret',
        'secretsmanager:UpdateSecret',
        'secretsmanager:PutSecretValue',
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:DeleteSecret',
        'secretsmanager:RestoreSecret',
        'secretsmanager:TagResource',
        'secretsmanager:UntagResource',
      ],
      Resource: 'arn:aws:secretsmanager:*:*:secret:*',
    },
    {
      Effect: 'Allow',
      Action: [
        'ssm:PutParameter',
        'ssm:GetParameter',
        'ssm:DeleteParameter',
        'ssm:ListTagsForResource',
        'ssm:AddTagsToResource',
        'ssm:RemoveTagsFromResource',
      ],
      Resource: 'arn:aws:ssm:*:*:parameter/*',
    },
    {
      Effect: 'Allow',
      Action: [
        'acm:ImportCertificate',
        'acm:GetCertificate',
        'acm:DeleteCertificate',
        'acm:ListTagsForCertificate',
        'acm:AddTagsToCertificate',
        'acm:RemoveTagsFromCertificate',
      ],
      Resource: 'arn:aws:acm:*:*:certificate/*',
    },
    {
      Effect: 'Allow',
      Action: ['secretsmanager:ListSecrets', 'ssm:DescribeParameters', 'acm:ListCertificates'],
      Resource: '*',
    },
  ],
};

/**
 * Fills fresh clouds with a company's: two subscriptions with four vaults of some forty secrets and a few certificates, an
 * app that may read them, AWS access keys and a role, and a GCP project with service accounts. Every value is random.
 */
export async function seedSample(clouds: Clouds): Promise<Sample> {
  const { azure, aws, desk } = clouds;
  const app = azure.addTenantApp({ name: 'certifyclouds-sync' });
  const development = azure.addSubscription('Contoso Development');
  const nowSeconds = Math.floor(desk.now() / 1000);
  const vaults: [name: string, subscriptionId: string, resourceGroup: string, entries: readonly SecretEntry[]][] = [
    ['kv-production', azure.subscription.id, 'rg-security-prod', productionSecrets(nowSeconds)],
    ['kv-certificates', azure.subscription.id, 'rg-security-prod', []],
    ['kv-staging', azure.subscription.id, 'rg-security-staging', stagingSecrets(nowSeconds)],
    ['kv-dev', development.id, 'rg-dev', devSecrets()],
  ];
  for (const [name, subscriptionId, resourceGroup, entries] of vaults) {
    const vault = await azure.addVault(name, { subscriptionId, resourceGroup });
    for (const [secret, value, props] of entries) vault.set(secret, value, props);
    azure.grant(app.clientId, 'Reader', name);
    azure.grant(app.clientId, 'Key Vault Secrets User', name);
    azure.grant(app.clientId, 'Key Vault Certificate User', name);
  }
  await seedCertificates(azure.vault);
  return {
    app,
    appCertificate: await azure.addAppCertificate(app.clientId),
    region: 'us-east-1',
    fullKey: aws.addAccessKey({ policy: fullPolicy, userName: 'certifyclouds-sync' }),
    writeOnlyKey: aws.addAccessKey({ policy: writeOnlyPolicy, userName: 'certifyclouds-sync-write-only' }),
    role: addRole(clouds),
    gcp: await addProject(clouds),
  };
}

function addRole({ aws }: Clouds): Sample['role'] {
  const externalId = randomUUID();
  const arn = aws.addRole({
    roleName: 'certifyclouds-sync',
    policy: fullPolicy,
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${aws.accountId}:root` },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': externalId } },
        },
      ],
    },
  });
  const assuming = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: arn };
  const policy = { Version: '2012-10-17', Statement: [assuming] };
  return { arn, externalId, key: aws.addAccessKey({ policy, userName: 'certifyclouds-sync-base' }) };
}

async function addProject({ gcp }: Clouds): Promise<Sample['gcp']> {
  const projectId = 'contoso-resilience';
  gcp.addProject(projectId);
  const [full, writeOnly, impersonator] = await Promise.all(
    ['certifyclouds-sync', 'certifyclouds-write-only', 'certifyclouds-base'].map((name) =>
      gcp.addServiceAccount(projectId, name),
    ),
  );
  if (!full || !writeOnly || !impersonator) throw new Error('a service account was not made');
  gcp.grant(full.email, 'roles/secretmanager.admin', projectId);
  gcp.grant(full.email, 'roles/certificatemanager.owner', projectId);
  gcp.grant(writeOnly.email, ['secretmanager.secrets.create', 'secretmanager.versions.add'], projectId);
  gcp.grant(impersonator.email, 'roles/iam.serviceAccountTokenCreator', full.email);
  return { projectId, full, writeOnly, impersonator };
}
