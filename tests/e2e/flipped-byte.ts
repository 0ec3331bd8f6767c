import { openSync, closeSync, readSync, writeSync, statSync } from 'node:fs';

/** Flips one bit in the middle of a file; calling it again heals the file. */
export function flipByte(path: string): void {
  const at = Math.floor(statSync(path).size / 2);
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 1;
    writeSync(file, byte, 0, 1, at);
  } finally {
    closeSync(file);
  }
}
