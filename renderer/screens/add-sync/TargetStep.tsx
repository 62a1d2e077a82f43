import { Button } from '@mantine/core';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { Callout } from '../../components/Callout.tsx';
import { services } from '../../components/services.ts';
import type { Refusal } from './certificates.ts';
import { type Draft, type Item, leftOut } from './draft.ts';
import { Form } from './Form.tsx';
import { Naming } from './Naming.tsx';
import { Options } from './Options.tsx';
import { fieldId, type Problem } from './problems.ts';
import { NoTarget, TargetPlace } from './TargetPlace.tsx';
import { text } from './text.ts';
import type { Names } from './useNames.ts';

interface Props {
  readonly draft: Draft;
  readonly items: readonly Item[];
  /** Of AWS and GCP. */
  readonly connections: readonly ConnectionView[];
  /** What speaks against the chosen service, a sentence for each certificate. */
  readonly refusals: readonly Refusal[];
  readonly defaultPrefix: string;
  readonly names: Names;
  readonly problem: Problem | undefined;
  change(changed: Partial<Draft>): void;
}

/** Where the copies go, in what form and what they are called. */
export function TargetStep(props: Props) {
  const { draft, items, connections, refusals, problem, change } = props;
  if (connections.length === 0) return <NoTarget id={fieldId('targetConnection')} />;
  const error = (field: Problem['field']) => (problem?.field === field ? problem.sentence : null);
  const { title } = services[draft.service];
  const refused = new Set(refusals.map(({ name }) => name));
  // Everything else depends on where it goes.
  const chosen = draft.targetConnectionId !== '';
  return (
    <div className="target-columns">
      <div>
        <TargetPlace
          draft={draft}
          items={items}
          connections={connections}
          idOf={fieldId}
          // What speaks against the service is told below, with a way out.
          error={(field) => (field === 'service' ? null : error(field))}
          change={change}
        />
        {chosen && (
          <>
            {refusals.length > 0 && (
              <Refusals
                service={title}
                refusals={refusals}
                onLeaveOut={
                  items.every(({ name }) => refused.has(name))
                    ? undefined
                    : () =>
                        change(
                          leftOut(
                            draft,
                            refusals.map(({ name }) => ({ kind: 'certificate', name })),
                          ),
                        )
                }
              />
            )}
            <Form draft={draft} items={items} error={error} change={change} />
            <Options draft={draft} idOf={fieldId} error={error} change={change} />
          </>
        )}
      </div>
      {chosen && (
        <Naming
          draft={draft}
          items={items}
          defaultPrefix={props.defaultPrefix}
          names={props.names}
          customError={error('custom')}
          change={change}
        />
      )}
    </div>
  );
}

/** As many as can be read at once. */
const refusalsShown = 4;

interface RefusalsProps {
  readonly service: string;
  readonly refusals: readonly Refusal[];
  /** Undefined where nothing would be left. */
  readonly onLeaveOut: (() => void) | undefined;
}

function Refusals({ service, refusals, onLeaveOut }: RefusalsProps) {
  return (
    <Callout tone="bad" title={`${service} ${text.refusedService}`}>
      <ul>
        {refusals.slice(0, refusalsShown).map(({ sentence }) => (
          <li key={sentence}>{sentence}</li>
        ))}
        {refusals.length > refusalsShown && <li>…and {refusals.length - refusalsShown} more.</li>}
      </ul>
      {onLeaveOut && (
        <Button variant="default" mt="xs" onClick={onLeaveOut}>
          {text.leaveOut}
        </Button>
      )}
    </Callout>
  );
}
