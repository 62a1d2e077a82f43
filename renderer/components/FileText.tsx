import { Button, FileButton, Group, Text, Textarea } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { type ClipboardEvent, type DragEvent, type ReactNode, useRef, useState } from 'react';

const text = {
  choose: 'Choose file…',
  drop: 'or drop it here, or paste',
  tooLarge: 'That file is too large for this.',
  notText: 'That file is not text: it may be the same thing in another format.',
  unreadable: 'That file could not be read.',
} as const;

interface Props {
  readonly label: string;
  readonly description: string;
  /** What the file dialog offers: `.pem,.crt` */
  readonly accept: string;
  /** What the file has, for those who don't see what is next to the button: `with certificates` */
  readonly contents: string;
  /** Most characters that are taken. */
  readonly limit: number;
  /** Hides what is in it: it is, or holds, a credential. */
  readonly secret?: boolean;
  readonly placeholder?: string;
  readonly rows?: number;
  readonly value: string;
  readonly error?: ReactNode;
  /** As the form made them for this field. */
  readonly field: object;
  onText(content: string): void;
  onProblem(sentence: string): void;
}

const mono = { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' };

/** The text of a file: chosen, dropped or pasted. It is read in this window and goes nowhere until the form is saved. */
export function FileText({
  label,
  description,
  accept,
  contents,
  limit,
  secret = false,
  placeholder = '',
  rows = 4,
  value,
  error,
  field,
  onText,
  onProblem,
}: Props) {
  const [over, setOver] = useState(false);
  const reset = useRef<() => void>(null);

  async function read(file: File | null | undefined): Promise<void> {
    reset.current?.();
    if (!file) return;
    if (file.size > limit) return onProblem(text.tooLarge);
    const content = await file.text().catch(() => undefined);
    if (content === undefined) return onProblem(text.unreadable);
    // What no text has, or what decoding put in the place of bytes that are none.
    if (/[\0\uFFFD]/.test(content)) return onProblem(text.notText);
    onText(content.replace(/^\uFEFF/, ''));
  }

  const drag = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    void read(file);
  };
  const paste = (event: ClipboardEvent) => {
    // A file copied in the file manager; text is pasted as ever.
    const [file] = event.clipboardData.files;
    if (!file) return;
    event.preventDefault();
    void read(file);
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for the mouse alone; the button does it for everybody
    <div className="file-text" data-over={over} onDragOver={drag} onDragLeave={() => setOver(false)} onDrop={drop}>
      <Textarea
        label={label}
        description={description}
        rows={rows}
        spellCheck={false}
        autoComplete={secret ? 'new-password' : 'off'}
        placeholder={placeholder}
        {...(secret ? { classNames: { input: 'masked' } } : { styles: { input: mono } })}
        {...field}
        value={value}
        error={error}
        onPaste={paste}
      />
      <Group gap="xs" mt={6}>
        <FileButton resetRef={reset} accept={accept} onChange={(file) => void read(file)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              aria-label={`${text.choose} ${contents}`}
              leftSection={<IconFileUpload size={14} aria-hidden="true" />}
            >
              {text.choose}
            </Button>
          )}
        </FileButton>
        <Text size="xs" c="dimmed">
          {text.drop}
        </Text>
      </Group>
    </div>
  );
}
