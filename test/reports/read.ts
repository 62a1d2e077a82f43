import { inflateSync } from 'node:zlib';

/** The cells of a CSV file (RFC 4180). */
export function cellsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n|$)/gy;
  for (let match = cell.exec(csv); match && match.index < csv.length; match = cell.exec(csv)) {
    const [, text = '', end] = match;
    rows.at(-1)?.push(text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 0);
}

/** The texts drawn on each page of a PDF whose fonts are the readers' own, in the order they are drawn. */
export function pagesOfPdf(bytes: Buffer): string[][] {
  const pages: string[][] = [];
  for (let at = bytes.indexOf('stream\n'); at !== -1; at = bytes.indexOf('stream\n', at + 1)) {
    if (bytes.subarray(at - 3, at).toString() === 'end') continue;
    const drawn = inflateSync(bytes.subarray(at + 7, bytes.indexOf('\nendstream', at))).toString('latin1');
    const texts = [...drawn.matchAll(/\[([^\]]*)\] TJ/g)].map(([, parts = '']) =>
      [...parts.matchAll(/<([0-9a-f]*)>/g)].map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1')).join(''),
    );
    if (texts.length > 0) pages.push(texts);
  }
  return pages;
}

export async function textOf(parts: AsyncIterable<string | Uint8Array>): Promise<string> {
  return (await bytesOf(parts)).toString();
}

export async function bytesOf(parts: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const part of parts) pieces.push(Buffer.from(part));
  return Buffer.concat(pieces);
}

/** Rows a page at a time, as the store gives them. */
export async function* paged<T>(rows: readonly T[], size = 100): AsyncGenerator<readonly T[]> {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}
