import { randomUUID } from 'node:crypto';
import type { Target, TestStep, WriteRequest } from '../../main/clouds/ports.ts';
import { openTarget } from '../../main/clouds/registry.ts';
import type { AwsSettings } from '../../main/domain/connection.ts';
import { ownerTag } from '../../main/domain/ownership.ts';
import type { TargetState } from '../../main/domain/plan.ts';
import { product } from '../../main/product.ts';
import { patience } from '../conformance/outcome.ts';
import { type CloudBed, connectionTo, openCloudBed } from '../support/cloud-bed.ts';

export const region = 'eu-central-1';
export const owner = ownerTag(product.tagNamespace);

type AwsService = 'secretsmanager' | 'parameterstore' | 'acm';

/** A stand-in AWS account, and targets of one service opened in it as one user or another. */
export interface AwsBed extends CloudBed {
  /** @param actions what the user's policy allows, on everything */
  open(service: AwsService, actions?: readonly string[]): Promise<Target>;
  openWith(service: AwsService, credential: unknown, change: Partial<AwsSettings>): Promise<Target>;
  keyFor(actions?: readonly string[]): { accessKeyId: string; secretAccessKey: string };
  /** Ends what one test left: targets, faults. */
  tidy(): void;
}

export async function openAwsBed(): Promise<AwsBed> {
  const bed = await openCloudBed();
  const opened: Target[] = [];

  function keyFor(actions: readonly string[] = ['*']) {
    const { accessKeyId, secretAccessKey } = bed.aws.addAccessKey({ policy: allowing(actions) });
    return { accessKeyId, secretAccessKey };
  }
  async function openWith(service: AwsService, credential: unknown, change: Partial<AwsSettings>): Promise<Target> {
    const settings: AwsSettings = {
      provider: 'aws',
      signIn: 'keys',
      region,
      endpoint: bed.aws.url,
      caBundle: bed.caPem,
      ...change,
    };
    const target = await openTarget(connectionTo(settings), credential, service, region, bed.deps);
    opened.push(target);
    return target;
  }

  return {
    ...bed,
    keyFor,
    openWith,
    open: (service, actions) => openWith(service, keyFor(actions), {}),
    tidy() {
      bed.desk.clearFaults();
      for (const target of opened.splice(0)) target.close();
    },
  };
}

export function allowing(actions: readonly string[]) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
}

export function writing(change: Partial<WriteRequest> & Pick<WriteRequest, 'name'>): WriteRequest {
  return {
    mode: 'create',
    payload: { kind: 'text', text: 'first value' },
    tags: {},
    options: {},
    replaces: null,
    idempotencyKey: randomUUID(),
    ...change,
  };
}

export function present(state: TargetState) {
  if (state.kind !== 'present') throw new Error(`the target is ${state.kind}`);
  return state;
}

export async function stepsOf(target: Target, prefix = 'certifyclouds/'): Promise<TestStep[]> {
  const steps: TestStep[] = [];
  for await (const step of target.test(prefix, patience())) steps.push(step);
  return steps;
}
