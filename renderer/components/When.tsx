import { exactly, fromNow } from './format.ts';

interface Props {
  /** Milliseconds since the epoch; null: never. */
  readonly at: number | null;
  readonly now: number;
  readonly never?: string;
  /** It has happened: `now`, which is renewed once a minute, may not know that yet. */
  readonly past?: boolean;
}

/** A moment as people say it, exact to the second on hover. */
export function When({ at, now, never = '—', past = false }: Props) {
  if (at === null) return <span>{never}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={exactly(at)}>
      {fromNow(at, past ? Math.max(at, now) : now)}
    </time>
  );
}
