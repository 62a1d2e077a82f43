import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconFileExport } from '@tabler/icons-react';

interface Props<F extends string> {
  readonly word: string;
  /** Each with its words. */
  readonly formats: Readonly<Record<F, string>>;
  readonly busy: boolean;
  onPick(format: F): void;
}

/** Saves something as a file, in one of a few formats. */
export function ExportMenu<F extends string>({ word, formats, busy, onPick }: Props<F>) {
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconFileExport size={15} aria-hidden="true" />}
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
          loading={busy}
        >
          {word}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(formats) as F[]).map((format) => (
          <Menu.Item key={format} onClick={() => onPick(format)}>
            {formats[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
