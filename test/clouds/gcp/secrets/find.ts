import type { Call } from '../api.ts';
import { GcpFailure, invalid } from '../failure.ts';
import { isRegion } from '../locations.ts';
import type { Secret } from './secret.ts';
import { nameOf, type SecretStore } from './store.ts';

/** What resource names begin with: a project, or a region of it. */
export const parentPattern = 'projects/(?<project>[^/:]+)(?:/locations/(?<location>[^/:]+))?';
export const secretPattern = `${parentPattern}/secrets/(?<secret>[^/:]+)`;

/** The region that a request is about, undefined for a global secret. @throws GcpFailure INVALID_ARGUMENT */
export function readLocation({ params }: Call): string | undefined {
  const { location } = params;
  if (location !== undefined && !isRegion(location)) throw invalid(`Invalid location: '${location}'.`);
  return location;
}

/** @throws GcpFailure INVALID_ARGUMENT, NOT_FOUND */
export function findSecret(store: SecretStore, call: Call): Secret {
  const location = readLocation(call);
  const id = call.params.secret ?? '';
  const secret = store.get(call.project, location, id, call.now);
  if (secret === undefined)
    throw new GcpFailure('NOT_FOUND', `Secret [${nameOf(call.project, location, id)}] not found.`);
  return secret;
}

/**
 * https://cloud.google.com/secret-manager/docs/etags : no etag, no check. The page names the code; the words are ours.
 * @throws GcpFailure FAILED_PRECONDITION
 */
export function checkEtag(given: string | null | undefined, { etag }: { readonly etag: string }): void {
  if (given === null || given === undefined || given === '' || given === etag) return;
  throw new GcpFailure('FAILED_PRECONDITION', `The etag provided (${given}) does not match the stored etag (${etag}).`);
}
