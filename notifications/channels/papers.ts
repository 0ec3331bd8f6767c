import type { NotificationEvent } from '../../contracts/notification.ts';
import type { Wording } from '../templates/wording.ts';

/** A document that goes with a mail. */
export interface Paper {
  readonly filename: string;
  readonly contentType: 'text/html' | 'application/pdf';
  readonly content: Buffer;
}

/** The documents of an event: the report of a retrain that ended, of a rollback. Most events have none. */
export type Papers = (event: NotificationEvent, language: Wording['language']) => Promise<readonly Paper[]>;

export const NO_PAPERS: Papers = () => Promise.resolve([]);
