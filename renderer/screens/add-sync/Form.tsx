import { Input, Text, Textarea, TextInput } from '@mantine/core';
import { Choose } from '../../components/Choose.tsx';
import { formWords, type Part, services } from '../../components/services.ts';
import { keyProblems, partsOf, tooManyParts } from './bundle.ts';
import { certificateForms, type Draft, type Item, secretForms } from './draft.ts';
import { type Field, fieldId } from './problems.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Draft;
  readonly items: readonly Item[];
  error(field: Field): string | null;
  change(changed: Partial<Draft>): void;
}

const typed = { spellCheck: false, styles: { input: { fontFamily: 'var(--mantine-font-family-monospace)' } } };

/** In what form a service that keeps secrets gets them. One that keeps certificates gets certificates as they are. */
export function Form({ draft, items, error, change }: Props) {
  if (services[draft.service].keeps === 'certificates') return null;
  const has = (kind: Item['kind']) => items.some((item) => item.kind === kind);
  const several = items.filter(({ kind }) => kind === 'secret').length > 1;
  const parts = partsOf(draft, items);
  const bytes =
    (has('secret') && draft.secretForm === 'base64') || (has('certificate') && draft.certificateForm === 'pfx');
  return (
    <>
      {has('secret') && (
        <Choose
          label={text.secretForm}
          value={draft.secretForm}
          choices={secretForms.map((value) => ({ value, label: formWords[value] }))}
          onChoose={(secretForm) => change({ secretForm })}
        />
      )}
      {has('secret') && draft.secretForm === 'json-key' && (
        <Textarea
          id={fieldId('jsonKeys')}
          label={text.jsonKeys}
          description={text.jsonKeysHint}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          rows={3}
          value={draft.jsonKeys}
          onChange={(event) => change({ jsonKeys: event.currentTarget.value })}
          error={error('jsonKeys')}
          {...typed}
        />
      )}
      {several && draft.secretForm === 'json-object' && (
        <div id={fieldId('together')}>
          <Choose
            label={text.targets}
            value={draft.together ? 'together' : 'each'}
            choices={[
              { value: 'each', label: text.targetChoices.each },
              { value: 'together', label: text.targetChoices.together },
            ]}
            onChoose={(value) => change({ together: value === 'together' })}
          />
        </div>
      )}
      {parts.length > 0 && (
        <Keys
          parts={parts}
          typedKeys={draft.bundleKeys}
          onType={(name, key) => change({ bundleKeys: new Map([...draft.bundleKeys, [name, key]]) })}
        />
      )}
      {has('secret') && draft.secretForm === 'json-object' && parts.length === 0 && (
        <TextInput
          id={fieldId('objectKey')}
          label={text.objectKey}
          value={draft.objectKey}
          onChange={(event) => change({ objectKey: event.currentTarget.value })}
          error={error('objectKey')}
          {...typed}
        />
      )}
      {has('certificate') && (
        <Choose
          label={text.certificateForm}
          value={draft.certificateForm}
          choices={certificateForms.map((value) => ({ value, label: formWords[value] }))}
          onChoose={(certificateForm) => change({ certificateForm })}
        />
      )}
      {bytes && draft.service === 'parameterstore' && <Input.Description mt={-7}>{text.textOnly}</Input.Description>}
    </>
  );
}

interface KeysProps {
  readonly parts: readonly Part[];
  readonly typedKeys: Draft['bundleKeys'];
  onType(name: string, key: string): void;
}

/** The secrets that go into one JSON object, and the key that each gets there. */
function Keys({ parts, typedKeys, onType }: KeysProps) {
  const tooMany = tooManyParts(parts);
  if (tooMany !== undefined) return <Input.Error>{tooMany}</Input.Error>;
  const problems = keyProblems(parts);
  return (
    <div>
      <Input.Label component="div" id="bundle-keys-label">
        {text.bundleKeys}
      </Input.Label>
      <fieldset className="key-list" id={fieldId('bundleKeys')} aria-labelledby="bundle-keys-label">
        {parts.map(({ name }) => (
          <div key={name} className="key-row">
            <Text size="sm" className="cut" title={name}>
              {name}
            </Text>
            <TextInput
              size="xs"
              aria-label={`${text.keyOf} ${name}`}
              value={typedKeys.get(name) ?? name}
              onChange={(event) => onType(name, event.currentTarget.value)}
              error={problems.get(name)}
              {...typed}
            />
          </div>
        ))}
      </fieldset>
    </div>
  );
}
