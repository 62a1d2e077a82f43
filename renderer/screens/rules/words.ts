import { IconAlertTriangle, IconCircleCheck, IconClock, IconHandStop, IconPlayerPause } from '@tabler/icons-react';
import type { RuleView } from '../../../preload/contract/watch.ts';
import { count } from '../../components/format.ts';
import { kindLooks } from '../../components/services.ts';
import type { TagLook } from '../../components/Tag.tsx';
import { text } from './text.ts';

/** What a rule matches: `Secrets named api-* or *-prod, tagged env=prod` */
export function filterWords({ kind, names, tags, contentType }: RuleView['filter']): string {
  const parts = [kindLooks[kind].many + (names.length > 0 ? ` named ${names.join(' or ')}` : '')];
  if (tags.length > 0) parts.push(`tagged ${tags.join(' and ')}`);
  if (contentType !== '') parts.push(`of content type ${contentType}`);
  return parts.join(', ');
}

/** How a rule is doing. */
export function ruleLook({ enabled, state }: Pick<RuleView, 'enabled' | 'state'>): TagLook {
  const { looks } = text;
  if (!enabled) return { tone: 'calm', icon: IconPlayerPause, word: looks.off };
  if (state === null) return { tone: 'calm', icon: IconClock, word: looks.waiting };
  if (state.stopped !== null) return { tone: 'bad', icon: IconHandStop, word: looks.stopped };
  if (state.refused > 0) return { tone: 'doubt', icon: IconAlertTriangle, word: looks.refused(count(state.refused)) };
  return { tone: 'good', icon: IconCircleCheck, word: looks.mirroring };
}

/** `(1, 'secret')` → `1 secret`, as a kind is counted. */
export function kindWords(value: number, kind: RuleView['filter']['kind']): string {
  const { word, many } = kindLooks[kind];
  return `${count(value)} ${(value === 1 ? word : many).toLowerCase()}`;
}
