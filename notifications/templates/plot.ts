import { crc32, deflateSync } from 'node:zlib';
import type { AlertSeries } from '../../contracts/alert.ts';

const WIDTH = 640;
const HEIGHT = 200;
const MARGIN = 10;
/** Palette: paper, frame, bound, series; the words stand beside the picture, where a reader can enlarge them. */
const PALETTE = [0xff, 0xff, 0xff, 0xe3, 0xe6, 0xea, 0xb3, 0x26, 0x1e, 0x1f, 0x5f, 0x99];
const [FRAME, BOUND, LINE] = [1, 2, 3];

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** PNG of an indexed picture (ISO/IEC 15948): signature, header, palette, data, end. */
function encodePng(pixels: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc((WIDTH + 1) * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1)
    rows.set(pixels.subarray(y * WIDTH, (y + 1) * WIDTH), y * (WIDTH + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(PALETTE)),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A line chart of a series with its bound, 640 by 200 pixels. The same series gives the same bytes. */
export function plotPng({ points, bound }: AlertSeries): Buffer {
  const pixels = new Uint8Array(WIDTH * HEIGHT);
  const dot = (x: number, y: number, colour: number): void => {
    if (x >= 0 && x < WIDTH && y >= 0 && y < HEIGHT) pixels[y * WIDTH + x] = colour;
  };
  const values = bound === null ? points : [...points, bound];
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  const spread = high === low ? 1 : high - low;
  const rowOf = (value: number): number =>
    Math.round(HEIGHT - 1 - MARGIN - ((value - low) / spread) * (HEIGHT - 1 - 2 * MARGIN));
  const columnOf = (index: number): number =>
    Math.round(MARGIN + (index / (points.length - 1)) * (WIDTH - 1 - 2 * MARGIN));
  for (let x = 0; x < WIDTH; x += 1)
    [0, HEIGHT - 1].forEach((y) => {
      dot(x, y, FRAME);
    });
  for (let y = 0; y < HEIGHT; y += 1)
    [0, WIDTH - 1].forEach((x) => {
      dot(x, y, FRAME);
    });
  if (bound !== null) {
    for (let x = MARGIN; x < WIDTH - MARGIN; x += 1) if (x % 8 < 5) dot(x, rowOf(bound), BOUND);
  }
  points.forEach((value, index) => {
    const before = points[index - 1] ?? value;
    const [x0, y0] = [columnOf(Math.max(index - 1, 0)), rowOf(before)];
    const [x1, y1] = [columnOf(index), rowOf(value)];
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    for (let step = 0; step <= steps; step += 1) {
      const x = Math.round(x0 + ((x1 - x0) * step) / steps);
      const y = Math.round(y0 + ((y1 - y0) * step) / steps);
      dot(x, y, LINE);
      dot(x, y + 1, LINE);
    }
  });
  return encodePng(pixels);
}
