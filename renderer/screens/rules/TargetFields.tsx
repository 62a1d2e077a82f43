import { TextInput } from '@mantine/core';
import type { ConnectionView } from '../../../preload/contract/views.ts';
import { Choose } from '../../components/Choose.tsx';
import { formWords, services } from '../../components/services.ts';
import { certificateForms, secretForms } from '../add-sync/draft.ts';
import { NamingRule } from '../add-sync/NamingRule.tsx';
import { Options } from '../add-sync/Options.tsx';
import { NoTarget, TargetPlace } from '../add-sync/TargetPlace.tsx';
import { text as wizard } from '../add-sync/text.ts';
import { type RuleField, ruleFieldId, type TypedRule } from './draft.ts';
import { text } from './text.ts';

interface Props {
  readonly typed: TypedRule;
  /** Of AWS and GCP. */
  readonly connections: readonly ConnectionView[];
  readonly defaultPrefix: string;
  error(field: RuleField): string | null;
  change(changed: Partial<TypedRule>): void;
}

/** Where the copies go, in what form and what they are called. */
export function TargetFields({ typed, connections, defaultPrefix, error, change }: Props) {
  if (connections.length === 0) return <NoTarget id={ruleFieldId('targetConnection')} />;
  return (
    <>
      <TargetPlace
        draft={typed}
        items={[{ kind: typed.kind, name: '' }]}
        connections={connections}
        idOf={ruleFieldId}
        error={error}
        change={change}
      />
      {typed.targetConnectionId !== '' && (
        <>
          {services[typed.service].keeps === 'secrets' && <Form typed={typed} error={error} change={change} />}
          <Options draft={typed} idOf={ruleFieldId} error={error} change={change} />
          <NamingRule
            draft={typed}
            defaultPrefix={defaultPrefix}
            customId={ruleFieldId('custom')}
            customError={error('custom')}
            change={change}
          />
        </>
      )}
    </>
  );
}

/** In what form a service that keeps secrets gets them. */
function Form({ typed, error, change }: Pick<Props, 'typed' | 'error' | 'change'>) {
  const { kind, secretForm, certificateForm, key } = typed;
  if (kind === 'certificate') {
    return (
      <Choose
        id={ruleFieldId('form')}
        label={wizard.certificateForm}
        value={certificateForm}
        error={error('form')}
        choices={certificateForms.map((value) => ({ value, label: formWords[value] }))}
        onChoose={(chosen) => change({ certificateForm: chosen })}
      />
    );
  }
  return (
    <>
      <Choose
        id={ruleFieldId('form')}
        label={wizard.secretForm}
        value={secretForm}
        error={error('form')}
        choices={secretForms.map((value) => ({ value, label: formWords[value] }))}
        onChoose={(chosen) => change({ secretForm: chosen })}
      />
      {(secretForm === 'json-key' || secretForm === 'json-object') && (
        <TextInput
          id={ruleFieldId('key')}
          label={text.key}
          description={text.keyHint[secretForm]}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          spellCheck={false}
          autoComplete="off"
          maxLength={256}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={key}
          error={error('key')}
          onChange={(event) => change({ key: event.currentTarget.value })}
        />
      )}
    </>
  );
}
