import type { SourceItem } from './item.ts';
import type { PlanInput } from './plan.ts';
import type { SyncRecord } from './record.ts';
import { serviceFacts } from './service.ts';

/**
 * Why this source can't go to this record's target now, as far as its metadata tells: services that keep certificates take
 * only valid ones.
 * @param now milliseconds since the epoch
 */
export function refusalOf(record: SyncRecord, item: SourceItem, now: number): PlanInput['refusal'] {
  const { keeps, title } = serviceFacts[record.targetService];
  if (keeps !== 'certificates') return null;
  if (item.expiresOn !== undefined && item.expiresOn <= now) {
    return {
      code: 'certificate-expired',
      sentence: `The certificate expired on ${day(item.expiresOn)}; ${title} takes only valid ones. The copy in the target was kept.`,
      fix: 'Renew the certificate in Azure: it is synced by itself then.',
    };
  }
  if (item.notBefore !== undefined && item.notBefore > now) {
    return {
      code: 'certificate-not-yet-valid',
      sentence: `The certificate is valid only from ${day(item.notBefore)} on; ${title} does not take it before.`,
      fix: 'Nothing to do: it is synced by itself once it is valid.',
    };
  }
  return null;
}

function day(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
