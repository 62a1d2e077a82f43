import { NativeSelect } from '@mantine/core';

interface Props<V extends string> {
  /** For the focus to go to. */
  readonly id?: string;
  readonly label: string;
  readonly value: V;
  readonly choices: readonly { readonly value: V; readonly label: string }[];
  readonly description?: string;
  readonly error?: string | null;
  readonly disabled?: boolean;
  onChoose(value: V): void;
}

/** One of a few fixed choices; the system's own list, which every keyboard and screen reader knows. */
export function Choose<V extends string>({
  id,
  label,
  value,
  choices,
  description,
  error = null,
  disabled = false,
  onChoose,
}: Props<V>) {
  return (
    <NativeSelect
      label={label}
      value={value}
      disabled={disabled}
      error={error}
      data={choices.map((choice) => ({ ...choice }))}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      {...(id === undefined ? {} : { id })}
      {...(description === undefined ? {} : { description })}
      onChange={(event) => {
        const chosen = choices.find((choice) => choice.value === event.currentTarget.value);
        if (chosen) onChoose(chosen.value);
      }}
    />
  );
}
