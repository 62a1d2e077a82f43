import type { CloudReply, CloudRequest, Refusal } from '../kernel/types.ts';
import type { Caller } from './access-keys.ts';
import type { AwsFailure } from './failure.ts';
import type { SignatureProblem } from './signature.ts';

/** One request to a service, understood as far as its name and what it is about. */
export interface Call {
  /** As IAM writes it: `secretsmanager:PutSecretValue`. */
  readonly name: string;
  readonly resource: string;
  /** Does it. Throws AwsFailure. */
  perform(): CloudReply;
}

/** How a service says no. */
export interface Words {
  /** This service's failure for a refusal by the desk. */
  wordRefusal(refusal: Refusal): AwsFailure;
  fail(failure: AwsFailure): CloudReply;
}

/** An AWS service behind the common endpoint that takes signed requests: what differs is the protocol and the words. */
export interface Service extends Words {
  /** The name in the credential scope. */
  readonly name: string;
  /** Code and HTTP status for each way a signature can be wrong. */
  readonly signatureProblems: Readonly<Record<SignatureProblem, readonly [code: string, status: number]>>;
  /** @throws AwsFailure if there is no such operation */
  call(request: CloudRequest, caller: Caller, region: string): Call;
}
