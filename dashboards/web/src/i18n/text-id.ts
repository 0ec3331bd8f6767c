import type { en } from './en.ts';

/** Name of a text, the same in every language. */
export type TextId = keyof typeof en;

export type Translate = (id: TextId, values?: Readonly<Record<string, string | number>>) => string;
