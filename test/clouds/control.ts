import { z } from 'zod';
import { awsCalls } from './aws/control.ts';
import type { AwsCloud } from './aws/index.ts';
import { azureCalls } from './azure/control.ts';
import type { Azure } from './azure/index.ts';
import { gcpCalls } from './gcp/control.ts';
import type { Gcp } from './gcp/index.ts';
import type { DeskControl } from './kernel/desk.ts';
import { type Calls, guarded } from './kernel/door.ts';

const name = z.string();
const match = {
  cloud: z.enum(['entra', 'arm', 'keyvault', 'aws', 'gcp']).exactOptional(),
  name: name.exactOptional(),
  resource: name.exactOptional(),
};
const retryAfter = z.union([z.number(), z.string()]).exactOptional();
const fault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('throttle'), retryAfter }),
  z.strictObject({ kind: z.literal('status'), status: z.int() }),
  z.strictObject({ kind: z.enum(['reset', 'lose-reply', 'truncate', 'hang']) }),
]);
const faultPlan = z.strictObject({
  ...match,
  fault,
  times: z.int().exactOptional(),
  after: z.int().exactOptional(),
  chance: z.number().exactOptional(),
});
const names = z.array(name).exactOptional();
const quota = z.strictObject({ ...match, names, limit: z.int(), perSeconds: z.number(), retryAfter });

/**
 * What may be done through the control door. Secret values go in with `azure.setSecret`, `azure.setCertificate`,
 * `aws.putOutside`, `aws.parameters.put` and `aws.certificates.put…` and come out of `azure.readSecret`,
 * `aws.secretValue` and `aws.parameters.value` alone; credentials come out of what makes them.
 */
export function controlCalls({
  azure,
  aws,
  gcp,
  desk,
}: {
  azure: Azure;
  aws: AwsCloud;
  gcp: Gcp;
  desk: DeskControl;
}): Calls {
  return { ...azureCalls(azure), ...awsCalls(aws), ...gcpCalls(gcp), ...deskCalls(desk) };
}

function deskCalls(desk: DeskControl): Calls {
  return {
    'desk.setLatency': guarded(z.tuple([z.number(), z.strictObject(match).optional()]), desk.setLatency),
    'desk.addFault': guarded(z.tuple([faultPlan]), desk.addFault),
    'desk.clearFaults': guarded(z.tuple([]), desk.clearFaults),
    'desk.setQuota': guarded(z.tuple([quota]), desk.setQuota),
    'desk.clearQuotas': guarded(z.tuple([]), desk.clearQuotas),
    'desk.arrivals': guarded(
      z.tuple([z.strictObject({ ...match, status: z.int().exactOptional() }).optional()]),
      desk.arrivals,
    ),
    'desk.clearArrivals': guarded(z.tuple([]), desk.clearArrivals),
    'desk.setClockOffset': guarded(z.tuple([z.number()]), desk.setClockOffset),
  };
}
