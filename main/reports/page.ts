/// <reference path="./pdfkit.d.ts" />
import type PDFDocument from 'pdfkit';
import { escaped, inert } from './text.ts';

/** A4 on its side, in points. */
const size = { width: 841.89, height: 595.28 };
const margin = 36;
const footerAt = size.height - margin + 6;
/** Where nothing more is begun. */
const bottom = size.height - margin - 8;
const letter = 8;
const line = 10;
/** More lines than these no cell has: a row always fits on a page. */
const longest = 40;
const colours = { ink: '#1a1a1a', faint: '#5c5c5c', alarm: '#a8201a', rule: '#c8c8c8' };

interface Part {
  readonly text: string;
  readonly bold?: boolean;
  readonly faint?: boolean;
  readonly alarming?: boolean;
}
interface Column {
  readonly title: string;
  readonly width: number;
}
interface Line extends Omit<Part, 'text'> {
  readonly words: string;
}

/** Draws a report from top to bottom, on as many pages as it takes. */
export interface Page {
  /** A stream of the file's bytes. */
  readonly document: PDFKit.PDFDocument;
  heading(text: string): void;
  subheading(text: string): void;
  /** Names and what they are, one below the other. */
  facts(facts: readonly (readonly [name: string, text: string])[]): void;
  /** From here on every page begins with the columns' titles. */
  beginTable(columns: readonly Column[]): void;
  /** One row, a cell for each column; never broken over two pages. */
  row(cells: readonly (readonly Part[])[]): void;
  end(): void;
}

/** The part of the package that its types know, and what the build without files of its own has besides. */
type PdfKit = { default: typeof PDFDocument; registerStdFonts?: (...fonts: readonly unknown[]) => void };

/** @param madeAt milliseconds since the epoch */
export async function openPage(about: { title: string; footer: string; madeAt: number }): Promise<Page> {
  // Large, and only needed here.
  const [pdfkit, regular, strong]: [PdfKit, { default: unknown }, { default: unknown }] = await Promise.all([
    import('pdfkit'),
    import('pdfkit/standard-fonts/Helvetica'),
    import('pdfkit/standard-fonts/HelveticaBold'),
  ]);
  pdfkit.registerStdFonts?.(regular.default, strong.default);
  const document = new pdfkit.default({
    autoFirstPage: false,
    size: [size.width, size.height],
    margin: 0,
    lang: 'en',
    displayTitle: true,
    info: { Title: drawable(about.title), Creator: drawable(about.footer), CreationDate: new Date(about.madeAt) },
  });
  const measures = { regular: widths(document, 'Helvetica'), bold: widths(document, 'Helvetica-Bold') };
  let columns: readonly Column[] = [];
  let number = 0;
  let y = 0;

  function write(words: string, x: number, at: number, { bold, faint, alarming }: Omit<Part, 'text'>, points = letter) {
    document
      .font(bold ? 'Helvetica-Bold' : 'Helvetica')
      .fontSize(points)
      .fillColor(alarming ? colours.alarm : faint ? colours.faint : colours.ink)
      .text(words, x, at, { lineBreak: false });
  }

  function rule(at: number): void {
    document
      .moveTo(margin, at)
      .lineTo(size.width - margin, at)
      .lineWidth(0.5)
      .strokeColor(colours.rule)
      .stroke();
  }

  function newPage(): void {
    document.addPage();
    number += 1;
    const words = `Page ${number}`;
    write(drawable(about.footer), margin, footerAt, { faint: true });
    write(words, size.width - margin - widthOf(words, measures.regular) * letter, footerAt, { faint: true });
    y = margin;
    if (columns.length > 0) titles();
  }

  function titles(): void {
    let x = margin;
    for (const { title, width } of columns) {
      write(title, x, y, { bold: true });
      x += width;
    }
    y += line + 2;
    rule(y);
    y += 4;
  }

  function room(height: number): void {
    if (y + height > bottom) newPage();
  }

  function linesOf({ text, ...look }: Part, width: number): Line[] {
    const measure = look.bold ? measures.bold : measures.regular;
    return wrapped(drawable(text), width / letter, measure).map((words) => ({ words, ...look }));
  }

  newPage();
  return {
    document,
    heading(text) {
      write(drawable(text), margin, y, { bold: true }, 18);
      y += 30;
    },
    subheading(text) {
      room(4 * line);
      y += 8;
      write(drawable(text), margin, y, { bold: true }, 11);
      y += 18;
    },
    facts(facts) {
      for (const [name, text] of facts) {
        const lines = linesOf({ text }, size.width - 2 * margin - 110);
        room(lines.length * line);
        write(drawable(name), margin, y, { bold: true });
        for (const { words } of lines) {
          write(words, margin + 110, y, {});
          y += line;
        }
        y += 2;
      }
    },
    beginTable(given) {
      columns = given;
      room(8 * line);
      titles();
    },
    row(cells) {
      const drawn = columns.map(({ width }, index) => {
        const lines = (cells[index] ?? []).flatMap((part) => linesOf(part, width - 8));
        if (lines.length <= longest) return lines;
        return [...lines.slice(0, longest - 1), { words: '(shortened; CSV and JSON have all of it)', faint: true }];
      });
      const height = Math.max(...drawn.map((lines) => lines.length)) * line;
      room(height);
      let x = margin;
      for (const [index, { width }] of columns.entries()) {
        for (const [at, { words, ...look }] of (drawn[index] ?? []).entries()) write(words, x, y + at * line, look);
        x += width;
      }
      y += height + 3;
      rule(y);
      y += 4;
    },
    end: () => document.end(),
  };
}

/** The characters of Windows-1252, which the fonts of every PDF reader have (PDF 32000-1, annex D). */
const known = /[ -~\u00a0-\u00ac\u00ae-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/u;

/** A text as it can be drawn: characters that the fonts don't have stand as `\u{…}`, and nothing in it acts. */
function drawable(text: string): string {
  return [...inert(text)].map((character) => (known.test(character) ? character : escaped(character))).join('');
}

/** How wide each character is, in parts of the letter's size. */
function widths(document: PDFKit.PDFDocument, font: string): (character: string) => number {
  const measured = new Map<string, number>();
  return (character) => {
    const before = measured.get(character);
    if (before !== undefined) return before;
    const width = document.font(font).fontSize(1).widthOfString(character);
    measured.set(character, width);
    return width;
  };
}

function widthOf(words: string, measure: (character: string) => number): number {
  let sum = 0;
  for (const character of words) sum += measure(character);
  return sum;
}

/** Lines no wider than this, broken between words, or inside one that is too long for a line. */
function wrapped(text: string, width: number, measure: (character: string) => number): string[] {
  const lines: string[] = [];
  let now = '';
  let used = 0;
  for (const word of text.split(/(?<=[ /-])/)) {
    const needed = widthOf(word.trimEnd(), measure);
    if (used > 0 && used + needed > width) {
      lines.push(now.trimEnd());
      now = '';
      used = 0;
    }
    for (const character of word) {
      const wide = measure(character);
      if (used + wide > width && character !== ' ') {
        lines.push(now.trimEnd());
        now = '';
        used = 0;
      }
      now += character;
      used += wide;
    }
  }
  if (now.trim() !== '' || lines.length === 0) lines.push(now.trimEnd());
  return lines;
}
