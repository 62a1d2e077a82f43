import { Loader, Text, VisuallyHidden } from '@mantine/core';
import type { TestStepView } from '../../../preload/contract/views.ts';
import type { ConnectionTest } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { testLooks } from '../../components/looks.ts';
import { services } from '../../components/services.ts';
import { text } from './text.ts';
import './connections.css';

/** The steps of a test as they come in, by service: what was tried, how it went, and what to do if it went wrong. */
export function TestSteps({ test }: { readonly test: ConnectionTest }) {
  const groups = [...new Set(test.steps.map(({ service }) => service))];
  return (
    <div aria-live="polite" className="test-groups">
      {groups.map((service) => (
        <div key={service}>
          {service !== null && (
            <Text size="xs" fw={600} c="dimmed" mb={6}>
              {services[service].title}
            </Text>
          )}
          <ul
            className="test-steps"
            aria-label={service === null ? text.testSteps : `${text.testSteps}: ${services[service].title}`}
          >
            {test.steps
              .filter((step) => step.service === service)
              .map((step) => (
                <Step key={step.id} step={step} />
              ))}
          </ul>
        </div>
      ))}
      {test.running && (
        <div className="test-step">
          <Loader size={16} />
          <Text size="sm" c="dimmed">
            {text.testing}
          </Text>
        </div>
      )}
      <Failure failure={test.failure} />
    </div>
  );
}

function Step({ step: { title, outcome, sentence, fix } }: { readonly step: TestStepView }) {
  const { icon: StepIcon, tone, word } = testLooks[outcome];
  return (
    <li className="test-step">
      <StepIcon size={18} className={`tone-${tone}`} aria-hidden="true" />
      <div>
        <Text size="sm" fw={550}>
          {title}
          <VisuallyHidden>: {word}</VisuallyHidden>
        </Text>
        {sentence !== '' && <Text size="sm">{sentence}</Text>}
        {fix !== '' && (
          <Text size="sm" c="dimmed">
            {fix}
          </Text>
        )}
      </div>
    </li>
  );
}
