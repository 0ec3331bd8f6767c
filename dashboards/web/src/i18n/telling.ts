import type { Format } from '../formats.ts';
import type { Translate } from './text-id.ts';

/** What turns a record into words of the reader: texts and numbers of one language. */
export interface Telling {
  readonly t: Translate;
  readonly format: Format;
}
