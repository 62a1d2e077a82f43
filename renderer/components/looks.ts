import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleMinus,
  IconCirclePlus,
  IconCircleX,
  IconClock,
  IconEqual,
  IconGitMerge,
  IconHelpCircle,
  IconLoader2,
  IconPencil,
  IconTag,
} from '@tabler/icons-react';
import type { AttemptView, PlanStepView, RecordView, TestStepView } from '../../preload/contract/views.ts';
import type { TagLook } from './Tag.tsx';

export const statusLooks: Readonly<Record<RecordView['status'], TagLook>> = {
  synced: { tone: 'good', icon: IconCircleCheck, word: 'Synced' },
  pending: { tone: 'calm', icon: IconClock, word: 'Pending' },
  syncing: { tone: 'busy', icon: IconLoader2, word: 'Syncing' },
  failed: { tone: 'bad', icon: IconAlertTriangle, word: 'Failed' },
  unknown: { tone: 'doubt', icon: IconHelpCircle, word: 'Unknown' },
};

export const actionLooks: Readonly<Record<PlanStepView['action'], TagLook>> = {
  create: { tone: 'good', icon: IconCirclePlus, word: 'Create' },
  update: { tone: 'good', icon: IconPencil, word: 'Update' },
  'tags-only': { tone: 'good', icon: IconTag, word: 'Tags only' },
  unchanged: { tone: 'calm', icon: IconEqual, word: 'Unchanged' },
  conflict: { tone: 'doubt', icon: IconGitMerge, word: 'Conflict' },
  blocked: { tone: 'bad', icon: IconBan, word: 'Blocked' },
};

export const outcomeLooks: Readonly<Record<AttemptView['outcome'], TagLook>> = {
  synced: { tone: 'good', icon: IconCircleCheck, word: 'Synced' },
  unchanged: { tone: 'calm', icon: IconEqual, word: 'Unchanged' },
  failed: { tone: 'bad', icon: IconAlertTriangle, word: 'Failed' },
  conflict: { tone: 'doubt', icon: IconGitMerge, word: 'Conflict' },
  blocked: { tone: 'bad', icon: IconBan, word: 'Blocked' },
  unconfirmed: { tone: 'doubt', icon: IconHelpCircle, word: 'Unconfirmed' },
  interrupted: { tone: 'doubt', icon: IconCircleMinus, word: 'Interrupted' },
  cancelled: { tone: 'calm', icon: IconCircleX, word: 'Cancelled' },
};

export const testLooks: Readonly<Record<TestStepView['outcome'], TagLook>> = {
  passed: { tone: 'good', icon: IconCircleCheck, word: 'Passed' },
  warning: { tone: 'doubt', icon: IconAlertTriangle, word: 'Warning' },
  failed: { tone: 'bad', icon: IconCircleX, word: 'Failed' },
  skipped: { tone: 'calm', icon: IconCircleMinus, word: 'Skipped' },
};
