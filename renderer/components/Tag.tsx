import type { Icon } from '@tabler/icons-react';
import './Tag.css';

type Tone = 'good' | 'bad' | 'calm' | 'busy' | 'doubt';

export interface TagLook {
  readonly tone: Tone;
  readonly icon: Icon;
  readonly word: string;
}

/** A state as colour, icon and word together: colour alone would tell some people nothing. */
export function Tag({ look: { tone, icon: TagIcon, word } }: { readonly look: TagLook }) {
  return (
    <span className={`tag tag-${tone}`}>
      <TagIcon size={13} stroke={2.2} aria-hidden="true" className={tone === 'busy' ? 'turning' : ''} />
      {word}
    </span>
  );
}
