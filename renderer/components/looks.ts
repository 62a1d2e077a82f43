import {
  IconAlertTriangle,
  IconBan,
  IconCircleCheck,
  IconCircleMinus,
  IconCirclePlus,
  IconCircleX,
  IconClock,
  IconEqual,
  IconFilterOff,
  IconGitMerge,
  IconHandStop,
  IconHelpCircle,
  IconLink,
  IconLoader2,
  IconPencil,
  IconTag,
  IconTrash,
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

/** Neither its schedule nor a change starts it before a person decided. */
export const heldLook: TagLook = { tone: 'doubt', icon: IconHandStop, word: 'Waits for you' };

export const actionLooks: Readonly<Record<PlanStepView['action'], TagLook>> = {
  create: { tone: 'good', icon: IconCirclePlus, word: 'Create' },
  update: { tone: 'good', icon: IconPencil, word: 'Update' },
  'tags-only': { tone: 'good', icon: IconTag, word: 'Tags only' },
  adopt: { tone: 'good', icon: IconLink, word: 'Adopt' },
  delete: { tone: 'bad', icon: IconTrash, word: 'Delete' },
  unchanged: { tone: 'calm', icon: IconEqual, word: 'Unchanged' },
  kept: { tone: 'calm', icon: IconHandStop, word: 'Kept' },
  excluded: { tone: 'calm', icon: IconFilterOff, word: 'Excluded' },
  conflict: { tone: 'doubt', icon: IconGitMerge, word: 'Conflict' },
  blocked: { tone: 'bad', icon: IconBan, word: 'Blocked' },
};

export const outcomeLooks: Readonly<Record<AttemptView['outcome'], TagLook>> = {
  synced: { tone: 'good', icon: IconCircleCheck, word: 'Synced' },
  unchanged: { tone: 'calm', icon: IconEqual, word: 'Unchanged' },
  deleted: { tone: 'calm', icon: IconTrash, word: 'Deleted' },
  kept: { tone: 'calm', icon: IconHandStop, word: 'Kept' },
  excluded: { tone: 'calm', icon: IconFilterOff, word: 'Excluded' },
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
