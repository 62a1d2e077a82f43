import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { OperationFailure } from '../../bridge/call.ts';
import { call } from '../../bridge/call.ts';
import { type Draft, type FormDraft, type Item, type NamesAnswer, templateOf, wantedRecords } from './draft.ts';

/** Long enough not to ask at every key, short enough to seem immediate; milliseconds. */
const pause = 250;

export interface Names {
  /** Whether enough is known to ask for them. */
  readonly asked: boolean;
  /** The last answer, also while a newer one is on its way. */
  readonly answer: NamesAnswer | undefined;
  /** Whether `answer` is about the draft as it is now. */
  readonly current: boolean;
  readonly failure: OperationFailure | null;
  retry(): void;
}

interface Question {
  readonly key: string;
  readonly template: string;
  readonly names: readonly string[];
}

/** The target names that the draft's rule gives, checked against the service's rules and the records there are. */
export function useNames(draft: Draft, items: readonly Item[], defaultPrefix: string, asked: boolean): Names {
  const { targetConnectionId, service, region, vault, rule, custom } = draft;
  const { secretForm, certificateForm, jsonKeys, objectKey, together, bundleName, bundleKeys } = draft;
  const wanted = useMemo(() => {
    const form: FormDraft = {
      service,
      secretForm,
      certificateForm,
      jsonKeys,
      objectKey,
      together,
      bundleName,
      bundleKeys,
    };
    const records = wantedRecords(form, items);
    // Names are asked for by template, and each key of a JSON secret has one of its own.
    const questions = [...new Set(records.map(({ key }) => key))].map((key): Question => {
      const names = records.filter((record) => record.key === key).map(({ nameAfter }) => nameAfter);
      return { key, template: templateOf({ rule, custom, service }, defaultPrefix, key), names };
    });
    const place = { targetConnectionId, targetService: service, targetRegion: region };
    return { place, vault, questions, key: JSON.stringify([place, vault, questions]) };
  }, [
    targetConnectionId,
    service,
    region,
    vault,
    rule,
    custom,
    secretForm,
    certificateForm,
    jsonKeys,
    objectKey,
    together,
    bundleName,
    bundleKeys,
    items,
    defaultPrefix,
  ]);
  const [settled] = useDebouncedValue(wanted, pause);
  const complete = targetConnectionId !== '' && region !== '' && wanted.questions.length > 0;
  const query = useQuery({
    queryKey: ['naming.preview', settled.key],
    queryFn: () => ask(settled),
    enabled: asked && complete && settled.place.targetConnectionId !== '' && settled.place.targetRegion !== '',
    placeholderData: keepPreviousData,
    // A record made meanwhile takes its name away.
    gcTime: 0,
  });
  return {
    asked: complete,
    answer: complete ? query.data : undefined,
    current: settled.key === wanted.key && query.isSuccess && !query.isPlaceholderData && !query.isFetching,
    failure: query.error,
    retry: () => void query.refetch(),
  };
}

interface Wanting {
  readonly place: {
    readonly targetConnectionId: string;
    readonly targetService: Draft['service'];
    readonly targetRegion: string;
  };
  readonly vault: string;
  readonly questions: readonly Question[];
}

async function ask({ place, vault, questions }: Wanting): Promise<NamesAnswer> {
  const answers = await Promise.all(
    questions.map(async ({ key, template, names }) => {
      const answer = await call('naming.preview', {
        ...place,
        template,
        items: names.map((name) => ({ vault, name })),
      });
      return { ...answer, names: answer.names.map((named) => ({ ...named, key })) };
    }),
  );
  return {
    templateProblem: answers.find(({ templateProblem }) => templateProblem !== null)?.templateProblem ?? null,
    // The keys of one secret together.
    names: answers.flatMap(({ names }) => names).sort((a, b) => a.name.localeCompare(b.name, 'en')),
  };
}
