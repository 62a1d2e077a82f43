/** A refusal by an AWS service, by its own code and in its own words. */
export class AwsFailure extends Error {
  readonly code: string;
  readonly status: number;
  /** `Retry-After`, in seconds or as an HTTP date. */
  readonly retryAfter: number | string | undefined;

  constructor(code: string, message: string, status = 400, retryAfter?: number | string) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}
