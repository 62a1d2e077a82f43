import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconFilterOff,
  IconGhost,
  IconHelpCircle,
  IconPencil,
  IconTagOff,
  IconTrash,
} from '@tabler/icons-react';
import type { CheckVerdictView } from '../../../preload/contract/watch.ts';
import type { TagLook } from '../../components/Tag.tsx';
import { verdictWords } from './text.ts';

const marks: Readonly<Record<CheckVerdictView, Omit<TagLook, 'word'>>> = {
  'same-value': { tone: 'good', icon: IconCircleCheck },
  'same-version': { tone: 'good', icon: IconCircleCheck },
  'left-out': { tone: 'calm', icon: IconFilterOff },
  behind: { tone: 'doubt', icon: IconClock },
  changed: { tone: 'bad', icon: IconPencil },
  missing: { tone: 'bad', icon: IconTrash },
  'mark-removed': { tone: 'doubt', icon: IconTagOff },
  'source-missing': { tone: 'bad', icon: IconGhost },
  'never-synced': { tone: 'doubt', icon: IconAlertTriangle },
  unknown: { tone: 'doubt', icon: IconHelpCircle },
  failed: { tone: 'bad', icon: IconCircleX },
};

export function verdictLook(verdict: CheckVerdictView): TagLook {
  return { ...marks[verdict], word: verdictWords[verdict] };
}
