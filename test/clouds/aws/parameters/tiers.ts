import { AwsFailure } from '../failure.ts';
import type { Parameter, Tier } from './parameter.ts';
import type { ParameterStore } from './store.ts';

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html, in bytes. */
const maxBytes = { Standard: 4096, Advanced: 8192 } as const;
const guide = 'https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html';

/** How many parameters a region may have of each tier. */
export type ParameterQuota = Readonly<Record<Tier, number>>;

/**
 * The tier that a write ends up in.
 * @param asked undefined stands for the account's default, which is Standard. Whether AWS then keeps the tier of an
 * Advanced parameter isn't documented; moto keeps it, clients that send no tier report the refusal to downgrade, and the
 * stand-in refuses: a client that always names the tier gets on with both.
 * @throws AwsFailure ValidationException, ParameterLimitExceeded
 */
export function chooseTier(
  asked: Tier | 'Intelligent-Tiering' | undefined,
  value: string,
  existing: Parameter | undefined,
  store: ParameterStore,
  quota: ParameterQuota,
): Tier {
  const size = Buffer.byteLength(value);
  const full = existing === undefined && store.isFull('Standard', quota.Standard);
  const needsAdvanced = size > maxBytes.Standard || existing?.latest.tier === 'Advanced' || full;
  const tier = asked === 'Intelligent-Tiering' ? (needsAdvanced ? 'Advanced' : 'Standard') : (asked ?? 'Standard');
  if (tier === 'Standard' && existing?.latest.tier === 'Advanced') {
    throw new AwsFailure(
      'ValidationException',
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier " +
        'to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a ' +
        'standard parameter. Be aware that standard parameters have a value limit of 4096 characters.',
    );
  }
  if (size > maxBytes[tier]) {
    throw new AwsFailure(
      'ValidationException',
      tier === 'Standard'
        ? 'Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter ' +
            `value, upgrade the parameter to use the advanced-parameter tier. For more information, see ${guide}`
        : `Advanced tier parameters support a maximum parameter value of 8192 characters. For more information, see ${guide}`,
    );
  }
  if (existing === undefined && store.isFull(tier, quota[tier])) {
    throw new AwsFailure(
      'ParameterLimitExceeded',
      `You have reached the maximum number of ${tier.toLowerCase()} parameters for this AWS account and Region ` +
        `(${quota[tier]}). To add more parameters, either delete existing parameters` +
        (tier === 'Standard' ? ' or upgrade to the advanced-parameter tier (charges apply).' : '.'),
    );
  }
  return tier;
}
