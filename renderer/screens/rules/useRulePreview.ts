import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, skipToken, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { RulePreview } from '../../../preload/contract/watch.ts';
import { call, type OperationFailure } from '../../bridge/call.ts';
import { previewOf, type TypedRule } from './draft.ts';

/** Long enough not to ask at every key, short enough to seem immediate; milliseconds. */
const pause = 350;

export interface Preview {
  /** Whether enough is typed to ask. */
  readonly asked: boolean;
  /** The last answer, also while a newer one is on its way. */
  readonly answer: RulePreview | undefined;
  /** Whether `answer` is about what is typed now. */
  readonly current: boolean;
  readonly failure: OperationFailure | null;
  retry(): void;
}

/** What a rule as typed would do now. @param id of the rule that is changed; undefined for a new one */
export function useRulePreview(id: string | undefined, typed: TypedRule, defaultPrefix: string): Preview {
  const question = useMemo(() => {
    const rule = previewOf(typed, defaultPrefix);
    return rule && { key: JSON.stringify(rule), rule };
  }, [typed, defaultPrefix]);
  const [settled] = useDebouncedValue(question, pause);
  const query = useQuery<RulePreview, OperationFailure>({
    queryKey: ['rules.preview', id ?? '', settled?.key ?? ''],
    queryFn: settled
      ? () => call('rules.preview', { ...(id === undefined ? {} : { id }), rule: settled.rule })
      : skipToken,
    placeholderData: keepPreviousData,
    // What the vault holds, and what other records write, changes meanwhile.
    gcTime: 0,
  });
  const asked = question !== undefined;
  return {
    asked,
    answer: asked ? query.data : undefined,
    current: asked && settled?.key === question.key && query.isSuccess && !query.isPlaceholderData && !query.isFetching,
    failure: asked ? query.error : null,
    retry: () => void query.refetch(),
  };
}
