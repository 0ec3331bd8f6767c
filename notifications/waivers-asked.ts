import type { AlertItem } from '../contracts/alert.ts';
import { GATE_CATALOGUE, GATE_NAMES } from '../contracts/gate-catalogue.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import { Sha256 } from '../contracts/primitives.ts';
import type { GateName } from '../contracts/verdict.ts';

/** What a message asks to be waived, or refused. */
export interface WaiversAsked {
  readonly retrain: string;
  readonly evidenceHash: string;
  readonly gates: readonly GateName[];
}

/** Facts of a message about gates that wait; the message of an alert has nothing else to say which they are. */
export const GATES_FACT = 'Gates';
export const EVIDENCE_FACT = 'Evidence';

const waivable = (names: readonly string[]): readonly GateName[] =>
  GATE_NAMES.filter((gate) => GATE_CATALOGUE[gate].waivable && names.includes(gate));

/** Of a message to the deputy, or of the one alert that a message is about; null: nothing of it may be waived. */
export function waiversAskedBy(event: NotificationEvent): WaiversAsked | null {
  if (event.kind === 'alert') {
    const [item, ...others] = event.items;
    return item === undefined || others.length > 0 ? null : askedByAlert(item);
  }
  if (event.kind !== 'gates-held' || event.cause !== 'waivable-fail') return null;
  const gates = waivable(event.objections.map(({ gate }) => gate));
  return asked(event.retrain, event.evidenceHash, gates);
}

function askedByAlert({ rule, status, labels, retrain, facts }: AlertItem): WaiversAsked | null {
  if (rule !== 'gates-held' || labels['cause'] !== 'waivable-fail' || status !== 'firing') return null;
  const fact = (name: string): string => facts.find(({ label }) => label === name)?.value ?? '';
  const evidence = Sha256.safeParse(fact(EVIDENCE_FACT));
  return asked(retrain, evidence.data ?? null, waivable(fact(GATES_FACT).split(', ')));
}

const asked = (
  retrain: string | null,
  evidenceHash: string | null,
  gates: readonly GateName[],
): WaiversAsked | null =>
  retrain === null || evidenceHash === null || gates.length === 0 ? null : { retrain, evidenceHash, gates };
