import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Input } from '../../preload/contract/operations.ts';
import type { AuditFilterView, CheckVerdictView, CheckView } from '../../preload/contract/watch.ts';
import { call, onEvent } from './call.ts';
import { useOperation } from './hooks.ts';
import { mergeRuns } from './topics.ts';

const auditPage = 200;
const rowsPage = 500;
const checksShown = { limit: 50 };

/** The audit trail, newest first, page by page. */
export function useAuditTrail(filter: AuditFilterView) {
  return useInfiniteQuery({
    queryKey: ['audit.list', filter],
    queryFn: ({ pageParam }) =>
      call('audit.list', { limit: auditPage, filter, ...(pageParam === null ? {} : { before: pageParam }) }),
    // A trail that nobody looks at is not read again and again while a sync goes on.
    gcTime: 0,
    initialPageParam: null as number | null,
    getNextPageParam: (page) => (page.length < auditPage ? null : (page.at(-1)?.id ?? null)),
  });
}

/** What scans have seen of a vault, in the order of names, page by page. */
export function useVaultItems(connectionId: string, vault: string) {
  return useInfiniteQuery({
    queryKey: ['discovery.items', connectionId, vault],
    queryFn: ({ pageParam }) => call('discovery.items', { connectionId, vault, after: pageParam, limit: rowsPage }),
    initialPageParam: null as Input<'discovery.items'>['after'],
    getNextPageParam: ({ items, more }) => {
      const last = items.at(-1);
      return more && last ? { kind: last.kind, name: last.name } : null;
    },
  });
}

/** The latest checks with live progress, newest first. */
export function useChecks() {
  const client = useQueryClient();
  useEffect(
    () =>
      onEvent(({ checks }) => {
        if (checks.length === 0) return;
        client.setQueryData<readonly CheckView[]>(
          ['checks.list', checksShown],
          // Before the first answer there is nothing to merge into: the answer will know these checks itself.
          (known) => known && mergeChecks(known, checks),
        );
      }),
    [client],
  );
  return useOperation('checks.list', checksShown);
}

/** Checks known so far with what an event brought: newest first, each once. */
export function mergeChecks(known: readonly CheckView[], arrived: readonly CheckView[]): CheckView[] {
  return mergeRuns(known, arrived, checksShown.limit);
}

/** What a check found, page by page, of these verdicts or of all. */
export function useCheckRows(id: string, verdicts: readonly CheckVerdictView[] | undefined) {
  return useInfiniteQuery({
    queryKey: ['checks.rows', id, verdicts ?? 'all'],
    queryFn: ({ pageParam }) =>
      call('checks.rows', {
        id,
        after: pageParam,
        limit: rowsPage,
        ...(verdicts === undefined ? {} : { verdicts: [...verdicts] }),
      }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.length < rowsPage ? null : (page.at(-1)?.id ?? null)),
  });
}
