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
  for (const block of report.blocks) write(document, block);
  document.moveDown(1).font('regular').fontSize(7.5).fillColor(MUTED).text(printable(report.provenance));
  numberPages(document);
  document.end();
  await ended;
  return Buffer.concat(chunks);
}

type Doc = PDFKit.PDFDocument;

function write(document: Doc, block: Block): void {
  switch (block.kind) {
    case 'heading':
      makeRoom(document, 60);
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
      writeTable(document, { head: [], rows: block.facts, widths: [0.3, 0.7] });
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

function makeRoom(document: Doc, height: number): void {
  if (document.y + height > document.page.height - MARGIN) document.addPage();
}

interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly widths: readonly number[];
}

function writeTable(document: Doc, { head, rows, widths }: Table): void {
  const columns = widths.map((share) => share * innerWidth(document));
  if (head.length > 0) writeRow(document, head.map(printable), columns, true);
  for (const row of rows) writeRow(document, row.map(printable), columns, false);
  document.x = MARGIN;
  document.moveDown(0.5);
}

function writeRow(document: Doc, cells: readonly string[], columns: readonly number[], head: boolean): void {
  document.font(head ? 'bold' : 'regular').fontSize(8.5);
  const widthOf = (index: number): number => Math.max(1, (columns[index] ?? 0) - 2 * CELL_PADDING);
  const heights = cells.map((cell, index) => document.heightOfString(cell, { width: widthOf(index) }));
  const height = Math.max(...heights, 10) + 2 * CELL_PADDING;
  makeRoom(document, height);
  const top = document.y;
  let x = MARGIN;
  cells.forEach((cell, index) => {
    document
      .fillColor(head ? MUTED : INK)
      .text(cell, x + CELL_PADDING, top + CELL_PADDING, { width: widthOf(index) });
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

function writeFigure(document: Doc, svg: string): void {
  const scale = innerWidth(document) / WIDTH;
  const height = HEIGHT * scale;
  makeRoom(document, height);
  const top = document.y;
  document.save().translate(MARGIN, top).scale(scale);
  drawFigure(svg, canvasOf(document));
  document.restore();
  document.x = MARGIN;
  document.y = top + height + 8;
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
