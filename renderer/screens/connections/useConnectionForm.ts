import { type UseFormReturnType, useForm } from '@mantine/form';
import type { Provider } from '../../app/place.tsx';
import type { SignedIn } from '../../bridge/signIn.ts';
import { problemsOf } from './draft.ts';
import { text } from './text.ts';
import { type Editing, type Typed, type TypedErrors, typedFrom } from './typed.ts';

export type Form = UseFormReturnType<Typed>;

/** The form of a connection: a field that is left is checked, and what is refused stays as typed. */
export function useConnectionForm(
  provider: Provider,
  editing: Editing,
  signedIn: SignedIn | undefined,
  onChange: () => void,
): Form {
  return useForm<Typed>({
    initialValues: typedFrom(editing),
    onValuesChange: onChange,
    validate: (values) => problemsOf(provider, values, editing, signedIn),
    // Not one that is still empty: whoever only passes through it has made no mistake yet.
    enhanceGetInputProps: ({ inputProps, field, form }) =>
      inputProps.value === undefined || inputProps.value === ''
        ? undefined
        : { onBlur: () => void form.validateField(field) },
  });
}

/** Marks what is wrong and goes to the first of it. */
export function showErrors(form: Form, errors: TypedErrors): void {
  form.setErrors(errors);
  // After the fields are drawn with their errors: one of them may have been folded away.
  setTimeout(() => {
    const fields = [...document.querySelectorAll<HTMLElement>('.connection-columns [data-path]')];
    fields.find((field) => (field.getAttribute('data-path') ?? '') in errors)?.focus();
  });
}

/** Names, paths and ids are no prose, and nobody else's business. */
export const unspelled = { spellCheck: false, autoComplete: 'off' };

/** Secrets are only ever typed, never filled in by the app or the browser. */
export function secretField(stored: boolean) {
  return { autoComplete: 'new-password', spellCheck: false, placeholder: stored ? text.stored : '' };
}

/** Words by value, as a list to choose from. */
export function choices<V extends string>(words: Readonly<Record<V, string>>) {
  return Object.entries<string>(words).map(([value, label]) => ({ value: value as V, label }));
}
