import type { z } from 'zod';
import type { ObjectionEvent } from '../../contracts/notification.ts';
import type { Body } from './message.ts';

type Objection = z.infer<typeof ObjectionEvent>;

/** A quant lead speaks against a promotion, or the objection is resolved. */
export function composeObjection(event: Objection): Body {
  const version = `version ${String(event.version)}`;
  return {
    ...wordsOf(event, version),
    facts: [
      { label: 'Objection', value: String(event.objection) },
      { label: 'Objected', value: event.objector },
      ...(event.state === 'raised' ? [] : [{ label: 'Resolved by', value: event.by }]),
      ...(event.epoch === null ? [] : [{ label: 'Epoch', value: String(event.epoch) }]),
      { label: 'Evidence', value: event.evidenceHash },
    ],
    verdicts: [],
    quotes: [{ label: 'Reason', text: event.reason }],
    actions: actionsOf(event),
  };
}

function wordsOf(event: Objection, version: string): Pick<Body, 'headline' | 'needed'> {
  const { model, epoch } = event;
  switch (event.state) {
    case 'raised':
      return epoch === null
        ? {
            headline: `${model}: a quant lead objects to ${version}, the swap is held`,
            needed:
              'Nothing is swapped until whoever objected withdraws it, or two other quant leads overrule it; when the approval expires first, the retrain ends without promotion.',
          }
        : {
            headline: `${model}: a quant lead objects to ${version}, which is champion (epoch ${String(epoch)})`,
            needed:
              'The champion goes on answering. A quant lead or operator decides now: take it back, or have two other quant leads overrule the objection.',
          };
    case 'withdrawn':
      return {
        headline: `${model}: the objection to ${version} is withdrawn`,
        needed: epoch === null ? 'Nothing is needed: the swap goes on.' : 'Nothing is needed.',
      };
    case 'overruled':
      return {
        headline: `${model}: the objection to ${version} is overruled by two quant leads`,
        needed: epoch === null ? 'Nothing is needed: the swap goes on.' : 'Nothing is needed.',
      };
  }
}

function actionsOf(event: Objection): Body['actions'] {
  if (event.state !== 'raised') return [];
  return [
    ...(event.epoch === null ? [] : [{ label: 'Take it back', command: event.rollbackCommand }]),
    { label: 'Withdraw it, by whoever objected', command: event.withdrawCommand },
    { label: 'Overrule it, by two other quant leads', command: event.overruleCommand },
  ];
}
