import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { KindIcon } from '../../components/KindIcon.tsx';
import { services, sourceWords } from '../../components/services.ts';
import type { ShownStep } from './plan.ts';
import './PlanDialog.css';

type Subject = NonNullable<ShownStep['about']>;

/** From where to where. */
export function FromTo({ about }: { readonly about: Subject }) {
  return (
    <>
      <div className="plan-source" title={sourceWords(about)}>
        {about.sourceKind === 'certificate' && <KindIcon kind="certificate" />}
        <span className="cut">
          {about.sourceVault} / {sourceWords(about)}
        </span>
      </div>
      <div className="cut plan-target" title={about.targetName}>
        → {services[about.targetService].short} · {about.targetName}
      </div>
    </>
  );
}

interface Props {
  readonly tag: ReactNode;
  readonly about: ShownStep['about'];
  readonly reason: string;
}

/** A record in a list of steps: what is or would be done with it, and why. */
export function StepRow({ tag, about, reason }: Props) {
  return (
    <div className="plan-step">
      <div>{tag}</div>
      <div>{about && <FromTo about={about} />}</div>
      <Text size="sm" lineClamp={2} title={reason}>
        {reason}
      </Text>
    </div>
  );
}
