import { Text } from '@mantine/core';

interface Props {
  readonly targetName: string;
  /** What it is made from. */
  readonly from: string;
  /** Why it can't be used, in words; null if it can. */
  readonly problem: string | null;
}

/** A target's name in a list of them, and below it where it comes from or what is wrong with it. */
export function NameRow({ targetName, from, problem }: Props) {
  return (
    <div className="name-row">
      <span className="cut mono" title={targetName}>
        {targetName}
      </span>
      {problem === null ? (
        <Text size="xs" c="dimmed" className="cut">
          from {from}
        </Text>
      ) : (
        <Text size="xs" c="var(--mantine-color-error)" className="cut" title={problem}>
          {problem}
        </Text>
      )}
    </div>
  );
}
