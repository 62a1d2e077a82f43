import type { CloudReply, CloudRequest, Desk, Handler } from '../kernel/types.ts';
import { type AccessKey, AccessKeys } from './access-keys.ts';
import { createCertificateManager } from './certificates/certificate-manager.ts';
import { type CertificatesOutside, createCertificatesOutside } from './certificates/outside.ts';
import { type CertificateQuota, CertificateStore } from './certificates/store.ts';
import { AwsFailure } from './failure.ts';
import { KmsKeys } from './kms.ts';
import { createOutside, type Outside } from './outside.ts';
import { createParametersOutside, type ParametersOutside } from './parameters/outside.ts';
import { createParameterStore } from './parameters/parameter-store.ts';
import { ParameterStore } from './parameters/store.ts';
import type { ParameterQuota } from './parameters/tiers.ts';
import { createPortal, type PortalAccess, type PortalSettings } from './portal.ts';
import { isRegion } from './regions.ts';
import { type RoleSettings, Roles } from './roles.ts';
import { createSecretsManager } from './secrets/secrets-manager.ts';
import { SecretStore } from './secrets/store.ts';
import type { Call, Service, Words } from './service.ts';
import { SignatureFailure, verifySignature } from './signature.ts';
import { createSts } from './sts.ts';

export type { AccessKey } from './access-keys.ts';

/** What a listener in front of the account has to let through: the largest chain that ACM takes, in base64, and more. */
export const maxBodyBytes = 4 * 1024 * 1024;

/**
 * A stand-in AWS account with IAM users and roles, STS, the SSO portal, and Secrets Manager, Parameter Store and
 * Certificate Manager in every region; and what tests may do behind its back: with secrets at the top, with parameters
 * and certificates under their names.
 */
export interface AwsCloud extends Outside {
  readonly accountId: string;
  readonly parameters: ParametersOutside;
  readonly certificates: CertificatesOutside;
  /** One endpoint for all services and regions: which one is meant stands in the signature's scope. */
  readonly handle: Handler;
  /**
   * Makes an IAM user with one access key.
   * @param user.policy an identity-based policy document without conditions
   */
  addAccessKey(user: { readonly policy: unknown; readonly userName?: string }): AccessKey;
  disableAccessKey(accessKeyId: string): void;
  enableAccessKey(accessKeyId: string): void;
  setPolicy(accessKeyId: string, policy: unknown): void;
  /** Makes an IAM role that can be assumed. Returns its ARN. */
  addRole(role: RoleSettings): string;
  removeRole(arn: string): void;
  /** Signs somebody in at the SSO portal. */
  signInToPortal(settings: PortalSettings): PortalAccess;
  signOutOfPortal(accessToken: string): void;
  /** Makes a customer managed KMS key, with an alias (`alias/…`) or without. Returns its ARN. */
  addKmsKey(region: string, alias?: string): string;
  removeKmsKey(arn: string): void;
  /** How many milliseconds ListSecrets lags behind, in all regions. "Might not reflect changes from the last five minutes". */
  setListLag(milliseconds: number): void;
  /** How many parameters one page of DescribeParameters looks at before it is cut short. Default: no limit. */
  setParameterScanLimit(parameters: number): void;
  /** Quotas per region; what is left out stays. Default: AWS's own. */
  setParameterQuota(quota: Partial<ParameterQuota>): void;
  setCertificateQuota(quota: Partial<CertificateQuota>): void;
}

/** @param desk the desk that every authenticated request passes; it also has the clock */
export function createAws(desk: Desk, options: { readonly accountId?: string } = {}): AwsCloud {
  const accountId = options.accountId ?? '123456789012';
  const { now } = desk;
  const keys = new AccessKeys(accountId);
  const roles = new Roles(accountId, keys);
  const kms = new KmsKeys(accountId);
  const portal = createPortal(accountId, roles, now);
  let listLag = 0;
  let scanLimit = Number.POSITIVE_INFINITY;
  let parameterQuota: ParameterQuota = { Standard: 10_000, Advanced: 100_000 };
  let certificateQuota: CertificateQuota = { certificates: 2500, importsPerYear: 5000 };

  const secrets = perRegion((region) => {
    const store = new SecretStore(region, accountId, (other) => secrets.of(other));
    store.listing.setLag(listLag);
    return store;
  });
  const parameters = perRegion((region) => new ParameterStore(region, accountId));
  const certificates = perRegion((region) => new CertificateStore(region, accountId));

  const sts = createSts(roles, now);
  const secretsManager = createSecretsManager(secrets.of, kms, now);
  const parameterStore = createParameterStore((region) => ({
    store: parameters.of(region),
    keys: kms,
    quota: parameterQuota,
    scanLimit,
    now: now(),
  }));
  const certificateManager = createCertificateManager((region) => ({
    store: certificates.of(region),
    quota: certificateQuota,
    now: now(),
  }));

  function serviceOf({ headers: { 'x-amz-target': target } }: CloudRequest): Service {
    if (target === undefined) return sts;
    if (target.startsWith('AmazonSSM.')) return parameterStore;
    return target.startsWith('CertificateManager.') ? certificateManager : secretsManager;
  }

  async function answer(request: CloudRequest): Promise<CloudReply> {
    if (portal.isAsked(request)) return serve(portal, () => portal.call(request));
    const service = serviceOf(request);
    return serve(service, () => {
      const { accessKeyId, region } = authenticate(request, service);
      return service.call(request, keys.caller(accessKeyId), region);
    });
  }

  async function serve(words: Words, understand: () => Call): Promise<CloudReply> {
    try {
      const { name, resource, perform } = understand();
      return await desk.serve(
        { cloud: 'aws', name, resource },
        async () => attempt(words, perform),
        (refusal) => words.fail(words.wordRefusal(refusal)),
      );
    } catch (error) {
      if (error instanceof AwsFailure) return words.fail(error);
      throw error;
    }
  }

  function authenticate(request: CloudRequest, service: Service): { accessKeyId: string; region: string } {
    try {
      return verifySignature(request, service.name, (id, token) => keys.find(id, token, now()), now());
    } catch (error) {
      if (!(error instanceof SignatureFailure)) throw error;
      const [code, status] = service.signatureProblems[error.problem];
      throw new AwsFailure(code, error.message, status);
    }
  }

  return {
    accountId,
    // The date is the stand-in's, so that clients that correct their clock by it end up with the right one.
    async handle(request) {
      const reply = await answer(request);
      return { ...reply, headers: { ...reply.headers, date: new Date(now()).toUTCString() } };
    },
    addAccessKey: ({ policy, userName }) => keys.add(policy, userName),
    disableAccessKey: (accessKeyId) => keys.setEnabled(accessKeyId, false),
    enableAccessKey: (accessKeyId) => keys.setEnabled(accessKeyId, true),
    setPolicy: (accessKeyId, policy) => keys.setPolicy(accessKeyId, policy),
    addRole: (role) => roles.add(role),
    removeRole: (arn) => roles.remove(arn),
    signInToPortal: portal.signIn,
    signOutOfPortal: portal.signOut,
    addKmsKey(region, alias) {
      refuseStrangeRegion(region);
      return kms.add(region, alias);
    },
    removeKmsKey: (arn) => kms.remove(arn),
    setListLag(milliseconds) {
      listLag = milliseconds;
      for (const store of secrets.all()) store.listing.setLag(milliseconds);
    },
    setParameterScanLimit(count) {
      scanLimit = count;
    },
    setParameterQuota(quota) {
      parameterQuota = { ...parameterQuota, ...quota };
    },
    setCertificateQuota(quota) {
      certificateQuota = { ...certificateQuota, ...quota };
    },
    ...createOutside(secrets.of, now),
    parameters: createParametersOutside(parameters.of, now, `arn:aws:iam::${accountId}:user/somebody-else`),
    certificates: createCertificatesOutside(certificates.of, now),
  };
}

interface PerRegion<Store> {
  of(region: string): Store;
  all(): Iterable<Store>;
}

/** What a service keeps, made for each region when it is first asked for. */
function perRegion<Store>(make: (region: string) => Store): PerRegion<Store> {
  const stores = new Map<string, Store>();
  return {
    of(region) {
      const known = stores.get(region);
      if (known !== undefined) return known;
      refuseStrangeRegion(region);
      const store = make(region);
      stores.set(region, store);
      return store;
    },
    all: () => stores.values(),
  };
}

function refuseStrangeRegion(region: string): void {
  if (!isRegion(region)) throw new Error(`no region ${region}`);
}

/** A refusal is an answer like any other: it has passed the desk and counts as an arrival. */
function attempt(words: Words, perform: () => CloudReply): CloudReply {
  try {
    return perform();
  } catch (error) {
    if (error instanceof AwsFailure) return words.fail(error);
    throw error;
  }
}
