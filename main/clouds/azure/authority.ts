import type { HttpClient } from '@azure/core-rest-pipeline';
import type { AzureSettings } from '../../domain/connection.ts';
import { invalid } from '../../domain/failure.ts';
import type { CloudDeps } from '../call.ts';
import { type Network, openNetwork } from '../network.ts';
import { pinnedHttp } from './http.ts';
import { type AzurePlace, placeOf } from './place.ts';

/** The way to the sign-in authority, before anybody has signed in. */
export interface Authority {
  readonly settings: AzureSettings;
  readonly deps: CloudDeps;
  readonly place: AzurePlace;
  /** The connection's network; who opened it closes it. */
  readonly network: Network;
  /** An HTTP client for the authority and nobody else, for one call. */
  http(signal: AbortSignal): HttpClient;
}

/** @throws Failure `invalid` if the settings cannot be used; nothing is sent yet */
export function openAuthority(settings: AzureSettings, deps: CloudDeps): Authority {
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,253}$/.test(settings.tenantId))
    throw invalid(
      'tenant-id',
      'The tenant ID is not a GUID or domain name.',
      'Copy it from Microsoft Entra ID > Overview.',
    );
  const place = placeOf(settings, deps.allowLoopback);
  const { caBundle } = settings;
  const network = openNetwork({ caBundle, network: deps.network, allowLoopback: deps.allowLoopback });
  return {
    settings,
    deps,
    place,
    network,
    http: (signal) => pinnedHttp({ agent: network.agent, origin: place.authority.origin, signal: () => signal }),
  };
}
