import {
  IconCalendarX,
  IconCircleCheck,
  IconCircleMinus,
  IconFilterOff,
  IconRefresh,
  IconSparkles,
  IconTrash,
} from '@tabler/icons-react';
import type { DiscoveredItem } from '../../../preload/contract/watch.ts';
import type { TagLook } from '../../components/Tag.tsx';
import { text } from './text.ts';

export const stateLooks: Readonly<Record<DiscoveredItem['state'], TagLook>> = {
  new: { tone: 'busy', icon: IconSparkles, word: text.states.new },
  changed: { tone: 'busy', icon: IconRefresh, word: text.states.changed },
  known: { tone: 'calm', icon: IconCircleCheck, word: text.states.known },
  disabled: { tone: 'doubt', icon: IconCircleMinus, word: text.states.disabled },
  expired: { tone: 'bad', icon: IconCalendarX, word: text.states.expired },
  deleted: { tone: 'bad', icon: IconTrash, word: text.states.deleted },
};

export const excludedLook: TagLook = { tone: 'calm', icon: IconFilterOff, word: text.excluded };
