import {
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  type ParameterMetadata,
} from '@aws-sdk/client-ssm';
import { Failure } from '../../domain/failure.ts';
import { allPages, listingTrail } from '../listing.ts';
import type { Page } from '../ports.ts';
import { markerOf, writeMark } from './parameter-mark.ts';
import type { Session } from './parameter-tags.ts';

/** The most DescribeParameters gives: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html */
const pageSize = 50;

/** What AWS tells of a parameter, without its value; undefined if there is none, `unreadable` if the credential may not ask. */
export type Look = (name: string, signal: AbortSignal) => Promise<ParameterMetadata | 'unreadable' | undefined>;

/** Looks at one parameter. A credential that may not look at one may not look at any: the right is for the whole account. */
export function looker(session: Session): Look {
  let closed = false;
  return async (name, signal) => {
    if (closed) return 'unreadable';
    try {
      const filter = { ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [name] }], MaxResults: pageSize };
      const found = await allPages(`The search for the parameter ${name}`, async (token) => {
        const reply = await describe(
          session,
          { ...filter, ...(token === undefined ? {} : { NextToken: token }) },
          signal,
        );
        return { items: reply.Parameters ?? [], token: reply.NextToken };
      });
      return found.find(({ Name }) => Name === name);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'denied') throw error;
      closed = true;
      return 'unreadable';
    }
  };
}

/** The current version as a marker. */
export function seenMarker({ Version = 0, Description }: ParameterMetadata): string {
  return markerOf(Version, writeMark(Description));
}

/** All parameters of the account and region, page by page. */
export function parameterPages(
  session: Session,
): (next: string | undefined, signal: AbortSignal) => Promise<Page<ParameterMetadata>> {
  const trail = listingTrail(`The list of parameters in ${session.region}`);
  return async (next, signal) => {
    const token = trail.link(next);
    const reply = await describe(
      session,
      { MaxResults: pageSize, ...(token === undefined ? {} : { NextToken: token }) },
      signal,
    );
    return trail.page(next, reply.Parameters ?? [], reply.NextToken);
  };
}

function describe(session: Session, input: DescribeParametersCommandInput, signal: AbortSignal) {
  return session.call({ action: 'ssm:DescribeParameters' }, signal, (options) =>
    session.client.send(new DescribeParametersCommand(input), options),
  );
}
