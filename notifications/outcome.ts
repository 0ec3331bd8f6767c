/** What a channel knows after one attempt. Nothing else may decide whether a message is sent again. */
export type SendOutcome = Sent | Refused | Unknown | RetryLater;

/** The receiver said yes. Final. */
export interface Sent {
  readonly kind: 'sent';
  /** What the receiver answered: the SMTP reply, `ok`, a file name. */
  readonly receipt: string;
}

/** The receiver said no to this message for good; the same bytes would get the same answer. */
export interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

/** The message left and the answer did not come: it may have arrived. Repeated under the same key, and counted. */
export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
}

/** It certainly did not arrive, and may later. */
export interface RetryLater {
  readonly kind: 'retry-later';
  readonly reason: string;
  /** Earliest next attempt the receiver asked for, ISO instant; null leaves it to the dispatcher's back-off. */
  readonly at: string | null;
}
