import { Text } from '@mantine/core';
import { useId } from 'react';
import { serviceIds, services } from '../../components/services.ts';
import type { TargetService } from './servicesUsed.ts';
import { text } from './text.ts';

interface Props {
  readonly provider: 'aws' | 'gcp';
  readonly chosen: readonly TargetService[];
  /** What the choice is for, where that needs saying. */
  readonly hint?: string;
  onChoose(chosen: readonly TargetService[]): void;
}

/** Which of a provider's services are meant: any of them. */
export function ServiceChips({ provider, chosen, hint = '', onChoose }: Props) {
  const own = serviceIds.filter((service) => services[service].provider === provider);
  const hintId = useId();
  return (
    <div>
      <fieldset className="service-chips" aria-label={text.services} aria-describedby={hintId}>
        {own.map((service) => (
          <label key={service}>
            <input
              type="checkbox"
              checked={chosen.includes(service)}
              onChange={({ currentTarget: { checked } }) =>
                onChoose(own.filter((each) => (each === service ? checked : chosen.includes(each))))
              }
            />
            {services[service].title}
          </label>
        ))}
      </fieldset>
      <Text id={hintId} size="xs" c={chosen.length === 0 ? 'var(--mantine-color-error)' : 'dimmed'} mt={4}>
        {chosen.length === 0 ? text.noService : hint}
      </Text>
    </div>
  );
}
