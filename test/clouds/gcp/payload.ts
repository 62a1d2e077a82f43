import { z } from 'zod';
import { GcpFailure, invalid } from './failure.ts';

/** The body of a request as JSON; an empty one is an empty message. @throws GcpFailure INVALID_ARGUMENT */
export function readJson(body: Buffer): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalid('Invalid JSON payload received. Unexpected token.');
  }
}

/**
 * Reads a message as Google's JSON front end does: fields it doesn't know and values of the wrong type are refused.
 * @param at where the message stands in the request, e.g. `secret`
 * @throws GcpFailure INVALID_ARGUMENT with a BadRequest
 */
export function readMessage<Schema extends z.ZodType>(schema: Schema, value: unknown, at: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const violations = result.error.issues.flatMap((issue) => {
    const field = [at, ...issue.path.map(String)].filter((part) => part !== '').join('.');
    const where = field === '' ? '' : ` at '${field}'`;
    if (issue.code !== 'unrecognized_keys') return [{ field, description: `Invalid value at '${field}'` }];
    return issue.keys.map((key) => ({
      field,
      description: `Invalid JSON payload received. Unknown name "${key}"${where}: Cannot find field.`,
    }));
  });
  throw new GcpFailure('INVALID_ARGUMENT', violations.map(({ description }) => description).join('\n'), [
    { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: violations },
  ]);
}

/** An int64, which JSON carries as a string. */
export const int64 = z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(BigInt);

/** A google.protobuf.Duration, in seconds. */
export const duration = z
  .string()
  .regex(/^\d+(\.\d{1,9})?s$/)
  .transform((text) => Number(text.slice(0, -1)));

/** A google.protobuf.Timestamp, in milliseconds since the epoch. */
export const timestamp = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Bytes in either alphabet of base64, padded or not. */
export const bytes = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]*={0,2}$/)
  .transform((text) => Buffer.from(text, 'base64'));

export const textMap = z.record(z.string(), z.string());

/** The paths of an update mask, in snake case. @throws GcpFailure INVALID_ARGUMENT if it is missing */
export function readMask(query: URLSearchParams): string[] {
  const mask = query.get('updateMask') ?? query.get('update_mask') ?? '';
  const paths = mask.split(',').filter((path) => path !== '');
  if (paths.length === 0) throw invalid('The update mask must be provided and must not be empty.');
  return paths.map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** One value of an enum: JSON carries its name, or its number if the client asks for numbers. */
export class EnumValue {
  readonly name: string;
  readonly number: number;

  constructor(name: string, number: number) {
    this.name = name;
    this.number = number;
  }
}

/** Writes a reply's body. @param numericEnums the client's `$alt=json;enum-encoding=int` */
export function writeJson(body: unknown, numericEnums: boolean): string {
  return JSON.stringify(body, (_, value: unknown) => {
    if (!(value instanceof EnumValue)) return value;
    return numericEnums ? value.number : value.name;
  });
}

/** A timestamp for a reply. */
export function rfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/**
 * Checks labels by the rules that all of Google Cloud shares.
 * https://cloud.google.com/resource-manager/docs/labels-overview#requirements
 * @throws GcpFailure INVALID_ARGUMENT
 */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > 64) throw invalid(`A resource can have at most 64 labels, but ${entries.length} were given.`);
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key) || Buffer.byteLength(key) > 128) {
      throw invalid(
        `Label key '${key}' must have at most 128 bytes and match [\\p{Ll}\\p{Lo}][\\p{Ll}\\p{Lo}\\p{N}_-]{0,62}.`,
      );
    }
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value) || Buffer.byteLength(value) > 128) {
      throw invalid(`Label value '${value}' must have at most 128 bytes and match [\\p{Ll}\\p{Lo}\\p{N}_-]{0,63}.`);
    }
  }
}

/**
 * One page of a list.
 * @param items all of them, in their order, each with a mark that never changes and falls or rises along the list
 * @param fallback the page size when the client leaves it to the server
 * @throws GcpFailure INVALID_ARGUMENT for a token that isn't ours
 */
export function pageOf<Item>(
  items: readonly Item[],
  markOf: (item: Item) => string,
  query: URLSearchParams,
  fallback: number,
  most: number,
): { readonly page: readonly Item[]; readonly nextPageToken?: string } {
  const asked = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(asked) || asked < 0) throw invalid('The page size must not be negative.');
  const size = Math.min(asked === 0 ? fallback : asked, most);
  const token = query.get('pageToken') ?? '';
  let start = 0;
  if (token !== '') {
    // The mark of the last item of the page before: it may be gone by now, so the token also says where it was.
    const [mark, position] = Buffer.from(token, 'base64url').toString('utf8').split('\n');
    if (mark === undefined || position === undefined || !/^\d+$/.test(position))
      throw invalid('The page token is invalid.');
    const found = items.findIndex((item) => markOf(item) === mark);
    start = found === -1 ? Number(position) : found + 1;
  }
  const page = items.slice(start, start + size);
  const last = page.at(-1);
  if (last === undefined || start + size >= items.length) return { page };
  const nextPageToken = Buffer.from(`${markOf(last)}\n${start + size - 1}`).toString('base64url');
  return { page, nextPageToken };
}
