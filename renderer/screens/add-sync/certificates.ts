import { type UseQueryOptions, type UseQueryResult, useQueries } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { CertificateView, TargetServiceView } from '../../../preload/contract/views.ts';
import { call, type OperationFailure } from '../../bridge/call.ts';
import { text } from './text.ts';

/** What is known so far of a ticked certificate. */
export interface Certificate {
  readonly details: CertificateView | undefined;
  readonly failure: OperationFailure | null;
  retry(): void;
}
export type Certificates = ReadonlyMap<string, Certificate>;

/** The details of certificates, by name. Asked for as soon as one is ticked, and again when it is ticked again. */
export function useCertificates(connectionId: string, vault: string, names: readonly string[]): Certificates {
  return useQueries({
    queries: names.map(
      (name): UseQueryOptions<CertificateView, OperationFailure> => ({
        queryKey: ['source.certificate', { connectionId, vault, name }],
        queryFn: () => call('source.certificate', { connectionId, vault, name }),
        gcTime: 0,
      }),
    ),
    combine: useCallback(
      (answers: readonly UseQueryResult<CertificateView, OperationFailure>[]) =>
        new Map(
          answers.map(({ data, error, refetch }, index) => [
            names[index] ?? '',
            { details: data, failure: error, retry: () => void refetch() },
          ]),
        ),
      [names],
    ),
  });
}

/** Why a certificate can't be copied anywhere, or undefined: it can, or nobody knows yet. */
export function cannotBeCopied(certificate: Certificate | undefined): string | undefined {
  if (certificate?.details) return certificate.details.exportable ? undefined : text.notExportable;
  const failure = certificate?.failure?.view;
  return failure && `${failure.sentence} ${failure.fix}`.trim();
}

/** A certificate that a service would not take. */
export interface Refusal {
  readonly name: string;
  readonly sentence: string;
}

/** What speaks against a service, one for each rule that a certificate breaks. */
export function refusedBy(service: TargetServiceView, names: readonly string[], certificates: Certificates): Refusal[] {
  return names.flatMap((name) =>
    (certificates.get(name)?.details?.problems ?? [])
      .filter((problem) => problem.service === service)
      .map(({ sentence, fix }) => ({ name, sentence: `${name}: ${sentence} ${fix}`.trim() })),
  );
}
