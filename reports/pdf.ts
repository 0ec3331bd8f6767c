import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as fontkit from 'fontkit';
import PDFDocument from 'pdfkit';
import type { Block, ReportDocument } from './document.ts';
import { HEIGHT, WIDTH } from '../gates/plots/figure.ts';
import { drawFigure, type Canvas } from './svg-marks.ts';

/** A4 with margins of 2 cm, in points. */
const MARGIN = 57;
const INK = '#1c2430';
const MUTED = '#525d6b';
const GRID = '#dfe3e8';
const BODY = 9.5;
const CELL_PADDING = 4;

const require = createRequire(import.meta.url);
/** Noto Sans TC has the Latin letters too: one family for every language. SIL Open Font License 1.1. */
const fontFile = (weight: string): Buffer =>
  readFileSync(require.resolve(`@expo-google-fonts/noto-sans-tc/${weight}/NotoSansTC_${weight}.ttf`));

const glyphs = fontkit.create(fontFile('400Regular'));

/**
 * What the font has a glyph for, as it is; anything else by its code point, so that nothing is lost without a trace. Line
 * ends stay, and spaces of every width become plain ones.
 */
export function printable(text: string): string {
  const known = (character: string): boolean => {
    const codePoint = character.codePointAt(0) ?? 0;
    return character === '\n' || ('hasGlyphForCodePoint' in glyphs && glyphs.hasGlyphForCodePoint(codePoint));
  };
  return Array.from(text.replaceAll(/\p{Zs}/gu, ' '))
    .map((character) =>
      known(character)
        ? character
        : `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .join('');
}

/**
 * A printed report with its fonts inside (only the glyphs it uses), A4. `madeAt`: the instant written into the document, so
 * that the same report gives the same bytes.
 */
export async function renderPdf(report: ReportDocument, madeAt: Date): Promise<Buffer> {
  const document = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    lang: report.language === 'en' ? 'en' : 'zh-Hant-TW',
    info: {
      Title: report.title,
      Subject: report.subtitle,
      Creator: 'Contender',
      CreationDate: madeAt,
      ModDate: madeAt,
    },
  });
  document.registerFont('regular', fontFile('400Regular'));
  document.registerFont('bold', fontFile('700Bold'));
  const chunks: Buffer[] = [];
  document.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    document.on('end', resolve);
    document.on('error', reject);
  });
  document.font('bold').fontSize(18).fillColor(INK).text(printable(report.title));
  document.font('regular').fontSize(BODY).fillColor(MUTED).text(printable(report.subtitle)).moveDown(0.8);
  for (const [index, block] of report.blocks.entries()) write(document, block, report.blocks[index + 1]);
  document.moveDown(1).font('regular').fontSize(7.5).fillColor(MUTED).text(printable(report.provenance));
  numberPages(document);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

type Doc = PDFKit.PDFDocument;

function write(document: Doc, block: Block, next: Block | undefined): void {
  switch (block.kind) {
    case 'heading':
      makeRoom(document, HEADING + (next === undefined ? 0 : leastHeight(document, next)));
      document
        .moveDown(0.6)
        .font('bold')
        .fontSize(12.5)
        .fillColor(INK)
        .text(printable(block.text))
        .moveDown(0.3);
      return;
    case 'paragraph':
      document.font('regular').fontSize(BODY).fillColor(INK).text(printable(block.text)).moveDown(0.4);
      return;
    case 'facts':
      makeRoom(document, factsHeight(document, block.facts));
      writeTable(document, { head: [], rows: block.facts, widths: FACT_WIDTHS });
      return;
    case 'table':
      writeTable(document, block);
      return;
    case 'figure':
      writeFigure(document, block.svg);
      return;
  }
}

const innerWidth = (document: Doc): number => document.page.width - 2 * MARGIN;
const innerHeight = (document: Doc): number => document.page.height - 2 * MARGIN;
const roomBelow = (document: Doc): number => document.page.height - MARGIN - document.y;

/** Whether a page was begun for it. */
function makeRoom(document: Doc, height: number): boolean {
  if (height <= roomBelow(document) || document.y <= MARGIN) return false;
  document.addPage();
  return true;
}

/** A heading with the space around it, in points. */
const HEADING = 32;

/** What has to stand on the same page as the heading above: a figure whole, a table with its first row. */
function leastHeight(document: Doc, block: Block): number {
  switch (block.kind) {
    case 'heading':
      return HEADING;
    case 'paragraph':
      return 2 * BODY;
    case 'figure':
      return figureHeight(document);
    case 'facts':
      return factsHeight(document, block.facts);
    case 'table':
      return firstRows(document, block);
  }
}

const FACT_WIDTHS = [0.3, 0.7] as const;

/** Facts stand together, unless they take more than half a page. */
function factsHeight(document: Doc, facts: Table['rows']): number {
  const columns = columnsOf(document, { head: [], rows: facts, widths: FACT_WIDTHS });
  const heights = facts.map((row) => heightOfRow(document, row.map(cellText), columns, false));
  return Math.min(
    heights.reduce((sum, height) => sum + height, 0),
    innerHeight(document) / 2,
  );
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly widths: readonly number[];
}

/** A sign stays with its number and a number with its unit, also at the end of a line. */
const cellText = (text: string): string =>
  printable(text).replaceAll(/(?<=[≤≥<>=±]) (?=\d)|(?<=\d) (?=[%‰])/gu, '\u00A0');

const columnsOf = (document: Doc, { widths }: Table): readonly number[] =>
  widths.map((share) => share * innerWidth(document));

/** The head of a table and its first row; of a row that takes more than half a page, half a page. */
function firstRows(document: Doc, table: Table): number {
  const columns = columnsOf(document, table);
  const [first = []] = table.rows;
  const head = table.head.length === 0 ? 0 : heightOfRow(document, table.head.map(cellText), columns, true);
  const row = heightOfRow(document, first.map(cellText), columns, false);
  return head + Math.min(row, innerHeight(document) / 2);
}

/** The head stands again on every page that the table goes on to. */
function writeTable(document: Doc, table: Table): void {
  const columns = columnsOf(document, table);
  const head = table.head.map(cellText);
  const writeHead = (): void => {
    if (head.length > 0) writeRow(document, head, columns, true);
  };
  makeRoom(document, firstRows(document, table));
  writeHead();
  for (const row of table.rows) {
    let rest: readonly string[] = row.map(cellText);
    const height = heightOfRow(document, rest, columns, false);
    // What fits a page is not cut; a reason of many lines begins here and goes on over the page.
    if (height <= innerHeight(document) / 2 && makeRoom(document, height)) writeHead();
    for (;;) {
      const room = roomBelow(document);
      const cells = rest.map((cell, index) => fitting(document, cell, columns[index] ?? 0, room));
      writeRow(document, cells, columns, false);
      rest = rest.map((cell, index) => cell.slice(cells[index]?.length ?? 0).trimStart());
      if (rest.every((cell) => cell === '')) break;
      document.addPage();
      writeHead();
    }
  }
  document.x = MARGIN;
  document.moveDown(0.5);
}

const fontOf = (document: Doc, head: boolean): Doc => document.font(head ? 'bold' : 'regular').fontSize(8.5);
const widthIn = (column: number): number => Math.max(1, column - 2 * CELL_PADDING);

function heightOfRow(
  document: Doc,
  cells: readonly string[],
  columns: readonly number[],
  head: boolean,
): number {
  fontOf(document, head);
  const heights = cells.map((cell, index) =>
    document.heightOfString(cell, { width: widthIn(columns[index] ?? 0) }),
  );
  return Math.max(...heights, 10) + 2 * CELL_PADDING;
}

/** As much of a cell as there is room for, ended between words where there are any; at least one character. */
function fitting(document: Doc, cell: string, column: number, room: number): string {
  const fits = (text: string): boolean =>
    document.heightOfString(text, { width: widthIn(column) }) + 2 * CELL_PADDING <= room;
  fontOf(document, false);
  if (fits(cell)) return cell;
  let [least, most] = [1, cell.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(cell.slice(0, middle))) least = middle;
    else most = middle - 1;
  }
  const whole = /^[\s\S]*[\s\p{Script=Han}\p{P}]/u.exec(cell.slice(0, least))?.[0] ?? '';
  if (whole.length > least / 2) return whole;
  // Not between the halves of one character.
  return cell.slice(0, /[\uD800-\uDBFF]/u.test(cell.charAt(least - 1)) ? Math.max(2, least - 1) : least);
}

function writeRow(document: Doc, cells: readonly string[], columns: readonly number[], head: boolean): void {
  const height = heightOfRow(document, cells, columns, head);
  const top = document.y;
  let x = MARGIN;
  cells.forEach((cell, index) => {
    document
      .fillColor(head ? MUTED : INK)
      .text(cell, x + CELL_PADDING, top + CELL_PADDING, { width: widthIn(columns[index] ?? 0) });
    x += columns[index] ?? 0;
  });
  const bottom = top + height;
  document
    .moveTo(MARGIN, bottom)
    .lineTo(document.page.width - MARGIN, bottom)
    .lineWidth(0.5)
    .stroke(GRID);
  document.x = MARGIN;
  document.y = bottom;
}

const FIGURES_OF_A_PAGE = 3;
const BELOW_FIGURE = 8;
/** As wide as the page, or a little less where as many then fit below a heading. */
const figureHeight = (document: Doc): number =>
  Math.min(
    (HEIGHT * innerWidth(document)) / WIDTH,
    (innerHeight(document) - HEADING) / FIGURES_OF_A_PAGE - BELOW_FIGURE,
  );

function writeFigure(document: Doc, svg: string): void {
  const height = figureHeight(document);
  const scale = height / HEIGHT;
  makeRoom(document, height);
  const top = document.y;
  document.save().translate(MARGIN, top).scale(scale);
  drawFigure(svg, canvasOf(document));
  document.restore();
  document.x = MARGIN;
  document.y = top + height + BELOW_FIGURE;
}

function canvasOf(document: Doc): Canvas {
  return {
    rectangle: ({ x, y, width, height }, colour, opacity) => {
      document.save().fillOpacity(opacity).rect(x, y, width, height).fill(colour).restore();
    },
    polygon: (points, colour, opacity) => {
      document.save().fillOpacity(opacity);
      document.polygon(...points.map(([x, y]) => [x, y] as [number, number])).fill(colour);
      document.restore();
    },
    path: (d, colour, width, dashed) => {
      document.save().lineWidth(width);
      if (dashed) document.dash(6, { space: 4 });
      document.path(d).stroke(colour).restore();
    },
    disc: (x, y, radius, colour) => {
      document.circle(x, y, radius).fill(colour);
    },
    text: (given, { x, y, size, anchor, turned }, colour) => {
      const text = printable(given);
      document.save().font('regular').fontSize(size).fillColor(colour);
      if (turned) document.rotate(-90, { origin: [x, y] });
      const width = document.widthOfString(text);
      const left = anchor === 'middle' ? x - width / 2 : anchor === 'end' ? x - width : x;
      document.text(text, left, y, { lineBreak: false, baseline: 'alphabetic' });
      document.restore();
    },
  };
}

function numberPages(document: Doc): void {
  const { start, count } = document.bufferedPageRange();
  for (let page = start; page < start + count; page += 1) {
    document.switchToPage(page);
    // Below the margin: without this a line there would open a page of its own.
    document.page.margins.bottom = 0;
    const text = `${String(page - start + 1)} / ${String(count)}`;
    document.font('regular').fontSize(8).fillColor(MUTED);
    document.text(text, MARGIN, document.page.height - MARGIN / 2, {
      width: innerWidth(document),
      align: 'right',
      lineBreak: false,
    });
  }
}
