import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CloudRequest } from '../kernel/types.ts';
import type { FoundKey } from './access-keys.ts';
import { isRegion } from './regions.ts';

/** What kind of wrong a signature is; each service has its own code for each. */
export type SignatureProblem = 'missing' | 'incomplete' | 'invalid' | 'unknown-key' | 'expired';

export class SignatureFailure extends Error {
  readonly problem: SignatureProblem;

  constructor(problem: SignatureProblem, message: string) {
    super(message);
    this.problem = problem;
  }
}

interface Claim {
  readonly accessKeyId: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly time: string;
  readonly day: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const terminator = 'aws4_request';
const allowedSkew = 15 * 60 * 1000;
const tokenProblems = {
  'unknown-key': 'The security token included in the request is invalid.',
  expired: 'The security token included in the request is expired',
} as const;

/**
 * Verifies Signature Version 4 in the Authorization header (a signature in the query string is no authentication here),
 * in the order and the words of AWS. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 * @param keyOf looks a key up by its id and the session token sent along
 * @param now milliseconds since the epoch
 * @returns whose signature it is, and the region in its scope
 * @throws SignatureFailure
 */
export function verifySignature(
  request: CloudRequest,
  service: string,
  keyOf: (accessKeyId: string, sessionToken: string | undefined) => FoundKey,
  now: number,
): { accessKeyId: string; region: string } {
  const claim = readClaim(request, service, now);
  const key = keyOf(claim.accessKeyId, request.headers['x-amz-security-token']);
  if (!key.found) throw new SignatureFailure(key.problem, tokenProblems[key.problem]);
  const expected = sign(canonicalRequest(request, claim.signedHeaders), claim, service, key.secret);
  if (!sameText(expected, claim.signature)) {
    throw new SignatureFailure(
      'invalid',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
        'and signing method. Consult the service documentation for details.',
    );
  }
  return { accessKeyId: claim.accessKeyId, region: claim.region };
}

function readClaim(request: CloudRequest, service: string, now: number): Claim {
  const { authorization = '' } = request.headers;
  if (!authorization.startsWith('AWS4-')) {
    throw new SignatureFailure('missing', 'Request is missing Authentication Token');
  }
  const [usedAlgorithm = '', ...rest] = authorization.split(' ');
  const parameters = new Map<string, string>();
  for (const pair of rest.join('').split(',')) {
    const equals = pair.indexOf('=');
    if (equals > 0) parameters.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const time = request.headers['x-amz-date'] ?? '';
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parameters.get(name));
  const complaints = missing.map((name) => `Authorization header requires '${name}' parameter. `);
  if (time === '') {
    complaints.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  // AWS appends the whole header; the stand-in doesn't repeat it, so that no signature reaches a log.
  if (complaints.length > 0) throw new SignatureFailure('incomplete', complaints.join('').trim());

  checkTime(time, now);
  const signedHeaders = (parameters.get('SignedHeaders') ?? '').toLowerCase().split(';');
  if (!signedHeaders.includes('host')) {
    throw new SignatureFailure('invalid', "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (!signedHeaders.includes('x-amz-date')) {
    throw new SignatureFailure('invalid', "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (usedAlgorithm !== algorithm) {
    throw new SignatureFailure('incomplete', `Unsupported AWS 'algorithm': '${usedAlgorithm}'.`);
  }
  const credential = (parameters.get('Credential') ?? '').split('/');
  const [accessKeyId = '', day = '', region = '', scopeService = '', end = ''] = credential;
  if (credential.length !== 5) {
    throw new SignatureFailure(
      'incomplete',
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    );
  }
  const wrong: string[] = [];
  if (!isRegion(region)) wrong.push(`Credential should be scoped to a valid region, not '${region}'. `);
  if (scopeService !== service) wrong.push(`Credential should be scoped to correct service: '${service}'. `);
  if (end !== terminator) {
    wrong.push(`Credential should be scoped with a valid terminator: '${terminator}', not '${end}'. `);
  }
  if (day !== time.slice(0, 8)) {
    wrong.push(
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
        `'${day}' != '${time.slice(0, 8)}', from '${time}'.`,
    );
  }
  if (wrong.length > 0) throw new SignatureFailure('invalid', wrong.join(''));
  return { accessKeyId, time, day, region, signedHeaders, signature: parameters.get('Signature') ?? '' };
}

function checkTime(time: string, now: number): void {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time);
  const [, year, month, date, hour, minute, second] = parts ?? [];
  const signedAt = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(signedAt)) {
    throw new SignatureFailure(
      'incomplete',
      `Date must be in ISO-8601 'basic format'. Got '${time}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  const earliest = now - allowedSkew;
  const latest = now + allowedSkew;
  if (signedAt < earliest) {
    const limit = `${basicTime(earliest)} (${basicTime(now)} - 15 min.)`;
    throw new SignatureFailure('invalid', `Signature expired: ${time} is now earlier than ${limit}`);
  }
  if (signedAt > latest) {
    const limit = `${basicTime(latest)} (${basicTime(now)} + 15 min.)`;
    throw new SignatureFailure('invalid', `Signature not yet current: ${time} is still later than ${limit}`);
  }
}

function basicTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function canonicalRequest(request: CloudRequest, signedHeaders: readonly string[]): string {
  const [path = '', ...query] = request.rawPath.split('?');
  const headers = [...signedHeaders].sort();
  return [
    request.method,
    canonicalPath(path),
    canonicalQuery(query.join('?')),
    ...headers.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    headers.join(';'),
    sha256(request.body),
  ].join('\n');
}

/** Dot segments and doubled slashes removed, then encoded once more than it was sent, as all services but S3 do. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.map(encode).join('/')}${end}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [reencode(name), reencode(value)] as const;
    })
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function reencode(text: string): string {
  try {
    return encode(decodeURIComponent(text));
  } catch {
    // Not valid percent-encoding: whatever was signed, it can't have been this.
    return text;
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sign(canonical: string, { time, day, region }: Claim, service: string, secret: string): string {
  const scope = [day, region, service, terminator];
  const key = scope.reduce((previous: string | Buffer, part) => hmac(previous, part), `AWS4${secret}`);
  return hmac(key, [algorithm, time, scope.join('/'), sha256(canonical)].join('\n')).toString('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}
