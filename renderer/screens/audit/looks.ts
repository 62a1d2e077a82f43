import { IconCircleCheck, IconCircleX, IconPlayerPlay } from '@tabler/icons-react';
import type { AuditRowView } from '../../../preload/contract/watch.ts';
import type { TagLook } from '../../components/Tag.tsx';
import { text } from './text.ts';

export const auditLooks: Readonly<Record<AuditRowView['outcome'], TagLook>> = {
  started: { tone: 'calm', icon: IconPlayerPlay, word: text.outcomes.started },
  succeeded: { tone: 'good', icon: IconCircleCheck, word: text.outcomes.succeeded },
  failed: { tone: 'bad', icon: IconCircleX, word: text.outcomes.failed },
};
