/** What is handed from one part of the work to the next as it comes; taken in stretches, so that none takes long. */
export class Queue<T> implements AsyncIterable<readonly T[]> {
  readonly #atOnce: number;
  #waiting: T[] = [];
  #closed = false;
  #wake = () => {};

  /** @param atOnce the most items in one stretch */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  push(items: readonly T[]): void {
    for (const item of items) this.#waiting.push(item);
    this.#wake();
  }

  /** Nothing comes any more. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly T[]> {
    for (;;) {
      if (this.#waiting.length > 0) yield this.#waiting.splice(0, this.#atOnce);
      else if (this.#closed) return;
      else {
        await new Promise<void>((wake) => {
          this.#wake = wake;
        });
      }
    }
  }
}
