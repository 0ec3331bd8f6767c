import type { z } from 'zod';
import type { GatesHeldEvent } from '../../contracts/notification.ts';
import { EVIDENCE_FACT, GATES_FACT } from '../waivers-asked.ts';
import { formatInstant } from './format.ts';
import type { Body } from './message.ts';

const asked = (deputy: string | null): string =>
  deputy === null
    ? ''
    : `${deputy} may waive them as deputy from now on, in the place of one lead, or refuse. `;

/** A retrain that waits for people at its gates. */
export function composeGatesHeld(event: z.infer<typeof GatesHeldEvent>): Body {
  const gates = event.objections.map(({ gate }) => gate).join(', ');
  const until = formatInstant(event.expiresAt);
  const words =
    event.cause === 'error'
      ? {
          headline: `${event.model}: gates could not be judged (${gates})`,
          needed: `An operator must repair the cause and run the gates again, or end the retrain, before ${until}; after that it ends as failed. Nothing is decided about the candidate.`,
        }
      : {
          headline: `${event.model}: gates failed that may be waived (${gates})`,
          needed: `${asked(event.deputy)}Nothing has to be done: at ${until} the retrain ends as refused. Two quant leads may waive each of them, with a reason; one who refuses ends it at once.`,
        };
  return {
    ...words,
    facts: [
      { label: GATES_FACT, value: gates },
      { label: 'Round', value: String(event.round) },
      { label: 'Until', value: until },
      ...(event.evidenceHash === null ? [] : [{ label: EVIDENCE_FACT, value: event.evidenceHash }]),
    ],
    verdicts: [],
    quotes: event.objections.map(({ gate, code, reason }) => ({ label: `${gate} (${code})`, text: reason })),
    actions: event.commands,
  };
}
