import { ContenderError } from '../contracts/error.ts';

/** A channel's settings cannot work: a bad address, a missing sender or receiver. Found before anything is sent. */
export class ChannelMisconfigured extends ContenderError {
  readonly code = 'NOTIFICATION_CHANNEL_MISCONFIGURED';
  readonly kind = 'usage';
}

/** A message could not be put into words. The event stays in the outbox, marked dead, and its raw form is kept. */
export class NotificationUnrenderable extends ContenderError {
  readonly code = 'NOTIFICATION_UNRENDERABLE';
  readonly kind = 'bug';
}
