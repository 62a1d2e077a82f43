import type { Connection, Provider } from '../domain/connection.ts';
import { serviceFacts, type TargetService, targetServices } from '../domain/service.ts';
import type { CloudDeps } from './call.ts';
import type { TestStep } from './ports.ts';
import { openSource, openTarget } from './registry.ts';

/** A step of a connection test, and the service it tried; null for a source. */
type ServiceStep = TestStep & { readonly service: TargetService | null };

/** Whether settings and credential can be used at all; nothing is sent. @throws Failure `invalid` or `auth` */
export async function checkConnection(connection: Connection, credential: unknown, deps: CloudDeps): Promise<void> {
  const { settings } = connection;
  const [service] = servicesOf(settings.provider);
  const opened =
    service === undefined
      ? await openSource(connection, credential, deps)
      : await openTarget(connection, credential, service, firstRegion(connection), deps);
  opened.close();
}

/**
 * Tries a connection step by step, changing nothing: a source whole, of a target each of these services.
 * @param services the provider's first if none is named; those of other providers are left out
 * @param prefix of the target names that will be written
 */
export async function* testConnection(
  connection: Connection,
  credential: unknown,
  services: readonly TargetService[],
  prefix: string,
  deps: CloudDeps,
  signal: AbortSignal,
): AsyncGenerator<ServiceStep> {
  // Servers that did not answer are left alone for a while. A person who asks wants to know now.
  deps.traffic.wake();
  const own = servicesOf(connection.settings.provider);
  if (own.length === 0) {
    const source = await openSource(connection, credential, deps);
    try {
      for await (const step of source.test(signal)) yield { ...step, service: null };
    } finally {
      source.close();
    }
    return;
  }
  const chosen = own.filter((service) => services.includes(service));
  for (const service of chosen.length > 0 ? chosen : own.slice(0, 1)) {
    const target = await openTarget(connection, credential, service, firstRegion(connection), deps);
    try {
      for await (const step of target.test(prefix, signal)) yield { ...step, service };
    } finally {
      target.close();
    }
  }
}

function servicesOf(provider: Provider): TargetService[] {
  return targetServices.filter((service) => serviceFacts[service].provider === provider);
}

function firstRegion({ settings }: Connection): string {
  if (settings.provider === 'aws') return settings.region;
  return settings.provider === 'gcp' ? settings.location : '';
}
