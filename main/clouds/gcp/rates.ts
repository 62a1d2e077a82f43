import type { RateClass } from '../traffic.ts';
import type { GcpCall } from './classify.ts';

const perMinute = (name: string, calls: number): RateClass => ({ name, rate: { calls, seconds: 60 } });

/** For each project and location: https://cloud.google.com/secret-manager/quotas */
const secretAccess = perMinute('secretmanager access', 90_000);
const secretRead = perMinute('secretmanager read', 600);
const secretWrite = perMinute('secretmanager write', 600);
/** All requests together, polls too, and as many reads and writes: https://cloud.google.com/certificate-manager/docs/quotas */
const certificates = perMinute('certificatemanager', 300);

/**
 * What a call's quota is. Of a single secret, two changes a second are asked for (and not enforced hard): a record's calls follow
 * each other, and those few do not need a pace for each secret.
 */
export function rateOf({ service, permission }: GcpCall): RateClass {
  if (service === 'certificatemanager') return certificates;
  if (permission === 'secretmanager.versions.access') return secretAccess;
  return /\.(get|list)$/.test(permission) ? secretRead : secretWrite;
}
