import type { CloudReply, CloudRequest, Desk, Handler } from '../kernel/types.ts';
import { type AccessKey, AccessKeys } from './access-keys.ts';
import { AwsFailure } from './failure.ts';
import { createOutside, type Outside } from './outside.ts';
import { isRegion } from './regions.ts';
import { createSecretsManager } from './secrets/secrets-manager.ts';
import { SecretStore } from './secrets/store.ts';
import type { Service } from './service.ts';
import { SignatureFailure, verifySignature } from './signature.ts';
import { sts } from './sts.ts';

export type { AccessKey } from './access-keys.ts';

/** A stand-in AWS account with IAM users, STS and Secrets Manager in every region, and what tests may do behind its back. */
export interface AwsCloud extends Outside {
  readonly accountId: string;
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
  /** How many milliseconds ListSecrets lags behind, in all regions. "Might not reflect changes from the last five minutes". */
  setListLag(milliseconds: number): void;
}

/** @param desk the desk that every authenticated request passes; it also has the clock */
export function createAws(desk: Desk, options: { readonly accountId?: string } = {}): AwsCloud {
  const accountId = options.accountId ?? '123456789012';
  const keys = new AccessKeys(accountId);
  const stores = new Map<string, SecretStore>();
  let listLag = 0;

  function storeOf(region: string): SecretStore {
    const known = stores.get(region);
    if (known !== undefined) return known;
    if (!isRegion(region)) throw new Error(`no region ${region}`);
    const store = new SecretStore(region, accountId);
    store.listing.setLag(listLag);
    stores.set(region, store);
    return store;
  }

  const secretsManager = createSecretsManager(storeOf, desk.now);

  async function answer(request: CloudRequest): Promise<CloudReply> {
    const service: Service = request.headers['x-amz-target'] === undefined ? sts : secretsManager;
    try {
      const { accessKeyId, region } = authenticate(request, service);
      const call = service.call(request, keys.caller(accessKeyId), region);
      return await desk.serve(
        { cloud: 'aws', name: call.name, resource: call.resource },
        async () => attempt(service, call.perform),
        (refusal) => service.fail(service.wordRefusal(refusal)),
      );
    } catch (error) {
      if (error instanceof AwsFailure) return service.fail(error);
      throw error;
    }
  }

  function authenticate(request: CloudRequest, service: Service): { accessKeyId: string; region: string } {
    try {
      return verifySignature(request, service.name, (id) => keys.secretOf(id), desk.now());
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
      return { ...reply, headers: { ...reply.headers, date: new Date(desk.now()).toUTCString() } };
    },
    addAccessKey: ({ policy, userName }) => keys.add(policy, userName),
    disableAccessKey: (accessKeyId) => keys.setEnabled(accessKeyId, false),
    enableAccessKey: (accessKeyId) => keys.setEnabled(accessKeyId, true),
    setPolicy: (accessKeyId, policy) => keys.setPolicy(accessKeyId, policy),
    setListLag(milliseconds) {
      listLag = milliseconds;
      for (const store of stores.values()) store.listing.setLag(milliseconds);
    },
    ...createOutside(storeOf, desk.now),
  };
}

/** A refusal is an answer like any other: it has passed the desk and counts as an arrival. */
function attempt(service: Service, perform: () => CloudReply): CloudReply {
  try {
    return perform();
  } catch (error) {
    if (error instanceof AwsFailure) return service.fail(error);
    throw error;
  }
}
