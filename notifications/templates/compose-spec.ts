import type { z } from 'zod';
import type { SpecProposedEvent } from '../../contracts/notification.ts';
import { formatInstant } from './format.ts';
import type { Body } from './message.ts';

/** A loosened spec that waits for a second person. */
export function composeSpecProposed(event: z.infer<typeof SpecProposedEvent>): Body {
  const { model, proposal, author, loosened, deputy } = event;
  const until = formatInstant(event.expiresAt);
  const who =
    deputy === null
      ? `A quant lead other than ${author}`
      : `If nobody has decided it yet, ${deputy} may do so as deputy from now on, and any quant lead other than ${author}`;
  return {
    headline: `${model}: proposal ${String(proposal)} loosens its spec and needs a second person`,
    needed: `${who} agrees or rejects before ${until}; after that it is void, and the spec in force stays as it is.`,
    facts: [
      { label: 'Proposal', value: String(proposal) },
      { label: 'Author', value: author },
      { label: 'Loosens', value: loosened.join(', ') },
      { label: 'Expires', value: until },
    ],
    verdicts: [],
    quotes: [{ label: 'Reason', text: event.reason }],
    actions: [
      { label: 'Agree', command: event.agreeCommand },
      { label: 'Reject', command: event.rejectCommand },
    ],
  };
}
