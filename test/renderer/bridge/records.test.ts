import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import type { Input, Output } from '../../../preload/contract/operations.ts';
import { followRecords, type RecordList, readRecords } from '../../../renderer/bridge/records.ts';
import { recordView } from '../views.ts';

type Page = Output<'records.changes'>;
const page = (about: Partial<Page>): Page => ({ records: [], removed: [], revision: 0, more: false, ...about });

/** Answers with these pages, one after the other, and remembers the questions. */
function answering(...pages: readonly Page[]) {
  const asked: Input<'records.changes'>[] = [];
  const left = [...pages];
  const ask = async (question: Input<'records.changes'>): Promise<Page> => {
    asked.push(question);
    const next = left.shift();
    if (!next) throw new Error('asked too often');
    return next;
  };
  return { asked, ask };
}

const [a, b, c] = [recordView({ sourceName: 'a' }), recordView({ sourceName: 'b' }), recordView({ sourceName: 'c' })];
const known: RecordList = {
  byId: new Map([a, b].map((record) => [record.id, record])),
  records: [a, b],
  revision: 7,
  more: false,
};

test('the first time all pages are read, each from where the last one ended', async () => {
  const { asked, ask } = answering(
    page({ records: [a, b], revision: 2, more: true }),
    // Changed, removed and new while the pages were read.
    page({ records: [{ ...a, status: 'failed' }, c], removed: [b.id], revision: 5 }),
  );
  const list = await readRecords(undefined, ask);
  expect(asked.map(({ since }) => since)).toEqual([null, 2]);
  expect(asked.every(({ limit }) => limit <= 500)).toBe(true);
  expect(list.records).toEqual([{ ...a, status: 'failed' }, c]);
  expect(list).toMatchObject({ revision: 5, more: false });
});

test('later one small page is read at a time, and records that did not change stay the same object in their place', async () => {
  const { asked, ask } = answering(page({ records: [{ ...b, status: 'failed' }, c], revision: 9, more: true }));
  const list = await readRecords(known, ask);
  expect(asked).toEqual([{ since: 7, limit: 250 }]);
  expect(list.records).toEqual([a, { ...b, status: 'failed' }, c]);
  expect(list.records[0]).toBe(a);
  expect(list).toMatchObject({ revision: 9, more: true });
  expect(known.records).toEqual([a, b]);
});

test('where nothing changed the list itself stays the same', async () => {
  const { ask } = answering(page({ revision: 8 }));
  expect((await readRecords(known, ask)).records).toBe(known.records);
});

test('what was removed is gone', async () => {
  const { ask } = answering(page({ removed: [a.id], revision: 8 }));
  expect((await readRecords(known, ask)).records).toEqual([b]);
});

/** A client with one open query, whose answers come when they are let go. */
function open() {
  const client = new QueryClient({
    defaultOptions: { queries: { retry: false, staleTime: Number.POSITIVE_INFINITY } },
  });
  const waiting: ((list: RecordList) => void)[] = [];
  let questions = 0;
  const observer = new QueryObserver<RecordList>(client, {
    queryKey: ['records.changes'],
    structuralSharing: false,
    queryFn: () => {
      questions += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
  });
  const stop = observer.subscribe(() => {});
  const answer = async (list: RecordList): Promise<void> => {
    waiting.shift()?.(list);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { client, answer, questions: () => questions, stop };
}

test('marks that come while an answer is on its way are one more question, and none is forgotten', async () => {
  const { client, answer, questions, stop } = open();
  const mark = followRecords(client, () => {});
  // The first answer is on its way already, and may be from before the change.
  mark();
  mark();
  expect(questions()).toBe(1);
  await answer(known);
  expect(questions()).toBe(2);
  mark();
  await answer(known);
  expect(questions()).toBe(3);
  await answer(known);
  expect(questions()).toBe(3);
  stop();
});

test('a page that was not all of it asks to be followed by another', async () => {
  const { client, answer, stop } = open();
  let more = 0;
  const mark = followRecords(client, () => {
    more += 1;
  });
  await answer(known);
  mark();
  await answer({ ...known, more: true });
  expect(more).toBe(1);
  mark();
  await answer(known);
  expect(more).toBe(1);
  stop();
});
