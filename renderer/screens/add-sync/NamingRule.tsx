import { Radio, Stack, TextInput } from '@mantine/core';
import { type Draft, namingRules, templateOf } from './draft.ts';
import { text } from './text.ts';

interface Props {
  readonly draft: Pick<Draft, 'rule' | 'custom' | 'service'>;
  readonly defaultPrefix: string;
  /** Of the custom rule's field, for the focus to go to. */
  readonly customId: string;
  readonly customError: string | null;
  change(changed: Partial<Pick<Draft, 'rule' | 'custom'>>): void;
}

/** How targets are named: one of the usual rules, or one that is typed. */
export function NamingRule({ draft, defaultPrefix, customId, customError, change }: Props) {
  const { rule: chosen, custom, service } = draft;
  return (
    <>
      <Radio.Group
        label={text.naming}
        description={text.fitted[service]}
        value={chosen}
        onChange={(value) => {
          const rule = namingRules.find((each) => each === value);
          if (!rule) return;
          const example = templateOf({ ...draft, rule: 'prefix' }, `${defaultPrefix}{vault}/`);
          change({ rule, custom: custom === '' ? example : custom });
        }}
      >
        <Stack gap={9} mt={6}>
          {namingRules.map((rule) => (
            <Radio
              key={rule}
              size="xs"
              value={rule}
              label={
                rule === 'custom' ? (
                  text.custom
                ) : (
                  <span className="mono">{templateOf({ ...draft, rule }, defaultPrefix)}</span>
                )
              }
            />
          ))}
        </Stack>
      </Radio.Group>
      {chosen === 'custom' && (
        <TextInput
          id={customId}
          aria-label={text.custom}
          description={text.customHint}
          inputWrapperOrder={['input', 'error', 'description']}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          value={custom}
          onChange={(event) => change({ custom: event.currentTarget.value })}
          error={customError}
        />
      )}
    </>
  );
}
