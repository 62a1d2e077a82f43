import { Button } from '@mantine/core';

interface Props {
  /** A query's. */
  readonly pages: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    fetchNextPage(): Promise<unknown>;
  };
  readonly word: string;
}

/** Below a list that is read page by page: brings the next one. Nothing, once all of it is there. */
export function ShowMore({ pages, word }: Props) {
  if (!pages.hasNextPage) return null;
  return (
    <div>
      <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
        {word}
      </Button>
    </div>
  );
}
