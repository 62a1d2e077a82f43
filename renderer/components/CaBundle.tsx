import type { ComponentProps } from 'react';
import { FileText } from './FileText.tsx';

type Props = Pick<
  ComponentProps<typeof FileText>,
  'description' | 'value' | 'error' | 'field' | 'onText' | 'onProblem'
>;

/** The certificates of a private authority, pasted or from a file. */
export function CaBundle(props: Props) {
  return (
    <FileText
      label="CA bundle (PEM)"
      accept=".pem,.crt,.cer,.txt"
      contents="with certificates"
      limit={262_144}
      rows={3}
      {...props}
    />
  );
}
