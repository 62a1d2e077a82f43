import type { RecordView } from '../../../preload/contract/views.ts';
import type { Provider } from '../../app/place.tsx';
import { serviceIds, services } from '../../components/services.ts';

export type TargetService = RecordView['targetService'];

/**
 * The services a connection is tested for unless others are chosen: those its records write to; all of the provider's while
 * it has none. Few credentials may do everything, so a test of the rest would mostly tell what nobody asked.
 */
export function servicesToTest(
  provider: Provider,
  connectionId: string | undefined,
  records: readonly Pick<RecordView, 'targetConnectionId' | 'targetService'>[],
): readonly TargetService[] {
  const own = serviceIds.filter((service) => services[service].provider === provider);
  const used = new Set<TargetService>();
  for (const { targetConnectionId, targetService } of records) {
    if (targetConnectionId === connectionId) used.add(targetService);
  }
  const inUse = own.filter((service) => used.has(service));
  return inUse.length > 0 ? inUse : own;
}
