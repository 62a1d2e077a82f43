import { Loader, Text, VisuallyHidden } from '@mantine/core';
import type { ConnectionTest } from '../../bridge/hooks.ts';
import { Failure } from '../../components/Failure.tsx';
import { testLooks } from '../../components/looks.ts';
import { text } from './text.ts';
import './connections.css';

/** The steps of a test as they come in: what was tried, how it went, and what to do if it went wrong. */
export function TestSteps({ test }: { readonly test: ConnectionTest }) {
  return (
    <div aria-live="polite" style={{ display: 'flex', flexDirection: 'column', gap: 10 }}>
      <ul className="test-steps" aria-label={text.testSteps}>
        {test.steps.map((step) => {
          const { icon: StepIcon, tone, word } = testLooks[step.outcome];
          return (
            <li key={step.id} className="test-step">
              <StepIcon size={18} className={`tone-${tone}`} aria-hidden="true" />
              <div>
                <Text size="sm" fw={550}>
                  {step.title}
                  <VisuallyHidden>: {word}</VisuallyHidden>
                </Text>
                {step.sentence !== '' && <Text size="sm">{step.sentence}</Text>}
                {step.fix !== '' && (
                  <Text size="sm" c="dimmed">
                    {step.fix}
                  </Text>
                )}
              </div>
            </li>
          );
        })}
        {test.running && (
          <li className="test-step">
            <Loader size={16} />
            <Text size="sm" c="dimmed">
              {text.testing}
            </Text>
          </li>
        )}
      </ul>
      <Failure failure={test.failure} />
    </div>
  );
}
