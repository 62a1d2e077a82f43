import { count } from './format.ts';
import './Chips.css';

export interface Chip<K extends string> {
  readonly key: K;
  readonly word: string;
  readonly count: number;
}

interface Props<K extends string> {
  readonly label: string;
  readonly chips: readonly Chip<K>[];
  readonly picked: K;
  onPick(key: K): void;
}

/** One of a few filters, each with how much it would show. */
export function Chips<K extends string>({ label, chips, picked, onPick }: Props<K>) {
  return (
    <fieldset className="chips" aria-label={label}>
      {chips.map((chip) => (
        <button
          key={chip.key}
          type="button"
          className="chip"
          aria-pressed={picked === chip.key}
          onClick={() => onPick(chip.key)}
        >
          {chip.word} <span>{count(chip.count)}</span>
        </button>
      ))}
    </fieldset>
  );
}
