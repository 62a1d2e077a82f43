import { ActionIcon, Button, Text, Title, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconPencil, IconPlugConnected, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ConnectionView, ImportMeterView } from '../../../preload/contract/views.ts';
import { usePlace } from '../../app/place.tsx';
import { useConnectionTest } from '../../bridge/hooks.ts';
import { count, exactly, plural } from '../../components/format.ts';
import { providerLooks } from '../../components/services.ts';
import { credentialNotes, savedWords } from './credentialNotes.ts';
import { ServiceChips } from './ServiceChips.tsx';
import type { TargetService } from './servicesUsed.ts';
import { TestSteps } from './TestSteps.tsx';
import { text } from './text.ts';

interface Props {
  readonly connection: ConnectionView;
  /** What Test tries, unless the person chooses otherwise; none of a source. */
  readonly services: readonly TargetService[];
  readonly meters: readonly ImportMeterView[];
  readonly now: number;
  onRemove(): void;
}

/** One connection: what it reaches, with which credential and for how many records. */
export function ConnectionCard({ connection, services, meters, now, onRemove }: Props) {
  const { begin } = usePlace();
  const test = useConnectionTest();
  const [picked, pick] = useState<readonly TargetService[]>();
  const { id, name, settings, credentialHint, credentialSavedAt } = connection;
  const { provider } = settings;
  const { icon: Mark, word } = providerLooks[provider];
  const reaches = [word, ...reachedBy(settings)].join(' · ');
  const saved = savedWords(connection, now);
  const chosen = picked ?? services;
  const tested = test.running || test.steps.length > 0 || test.failure !== undefined;

  return (
    <li className="panel connection">
      <div className="connection-head">
        <div className="connection-mark">
          <Mark size={22} stroke={1.6} aria-hidden="true" />
        </div>
        <div style={{ flex: 1, minWidth: 200 }}>
          <Title order={2} className="cut">
            {name}
          </Title>
          <Text c="dimmed" className="cut" title={reaches}>
            {reaches}
          </Text>
        </div>
        <div className="connection-credential">
          {credentialHint === '' ? (
            <Text c="var(--bad-ink)">{text.noCredential}</Text>
          ) : (
            <Text
              className="cut"
              title={credentialSavedAt === null ? credentialHint : `${credentialHint}, ${exactly(credentialSavedAt)}`}
            >
              <span className="mono">{credentialHint}</span>
            </Text>
          )}
          <Text c="dimmed">{[plural(connection.records, 'record'), saved].filter(Boolean).join(' · ')}</Text>
        </div>
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={15} aria-hidden="true" />}
          aria-label={`${text.test}: ${name}`}
          loading={test.running}
          disabled={provider !== 'azure' && chosen.length === 0}
          onClick={() => test.start({ connectionId: id, ...(provider === 'azure' ? {} : { services: [...chosen] }) })}
        >
          {text.test}
        </Button>
        <Button
          variant="default"
          leftSection={<IconPencil size={14} aria-hidden="true" />}
          aria-label={`${text.edit} ${name}`}
          onClick={() => begin({ kind: 'connection', provider, editing: connection })}
        >
          {text.edit}
        </Button>
        <Tooltip label={text.remove}>
          <ActionIcon aria-label={`${text.remove} ${name}`} onClick={onRemove}>
            <IconTrash size={16} aria-hidden="true" />
          </ActionIcon>
        </Tooltip>
      </div>
      {credentialNotes(connection, now).map(({ tone, sentence }) => (
        <p key={sentence} className={`connection-note tone-${tone}`}>
          <IconAlertTriangle size={15} aria-hidden="true" />
          {sentence}
        </p>
      ))}
      {meters.map((meter) => (
        <ImportMeter key={meter.region} meter={meter} />
      ))}
      {tested && (
        <>
          {provider !== 'azure' && <ServiceChips provider={provider} chosen={chosen} onChoose={pick} />}
          <TestSteps test={test} />
        </>
      )}
    </li>
  );
}

/** How much of the year's quota is used: once it is full, ACM takes no further certificate for months. */
function ImportMeter({ meter: { imports, quota, region } }: { readonly meter: ImportMeterView }) {
  const words = `${count(imports)} of ${count(quota)} ${text.imports} (${region})`;
  return (
    <div className="connection-meter" title={text.importsHint}>
      <meter min={0} max={quota} high={quota * 0.8} optimum={0} value={imports} aria-hidden="true" />
      <Text c="dimmed">{words}</Text>
    </div>
  );
}

/** Where a connection leads, and as whom. */
function reachedBy(settings: ConnectionView['settings']): string[] {
  switch (settings.provider) {
    case 'azure':
      return [`${text.tenant} ${settings.tenantId}`, text.clouds[settings.cloud]];
    case 'aws': {
      const { region, assumeRole, sso, endpoint = '' } = settings;
      return [region, assumeRole?.roleArn ?? (sso ? `${text.account} ${sso.accountId}` : ''), endpoint].filter(Boolean);
    }
    case 'gcp': {
      const { projectId, location, impersonate = '', endpoint = '' } = settings;
      return [`${text.project} ${projectId}`, location, impersonate, endpoint].filter(Boolean);
    }
  }
}
