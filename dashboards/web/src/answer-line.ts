import type {
  ApprovalBrief,
  ChampionView,
  EvidenceRecord,
  GateVerdict,
  RetrainDetail,
  StoredGateReport,
} from './api/schemas.ts';
import { numberTold } from './confidence.ts';
import { gateBound } from './gate-numbers.ts';
import type { Telling } from './i18n/telling.ts';
import type { TextId, Translate } from './i18n/text-id.ts';
import { sampleBehind } from './samples.ts';

/** One sentence of an answer; those in the tone `warn` are what a signature takes upon itself. */
export interface AnswerLine {
  readonly text: string;
  readonly tone: 'plain' | 'warn';
}

/** The questions that a decision has, in the order in which they are asked. */
export interface DecisionAnswers {
  readonly changes: readonly AnswerLine[];
  readonly sure: readonly AnswerLine[];
  readonly wrong: readonly AnswerLine[];
  /** What a careful colleague would point out although no gate asks for it. */
  readonly look: readonly AnswerLine[];
  readonly next: readonly AnswerLine[];
}

export interface AnswerSources {
  readonly detail: RetrainDetail;
  readonly approval: ApprovalBrief;
  /** The model as the registry has it now, before the decision. */
  readonly view: ChampionView;
  /** Null: the gates left no report. */
  readonly stored: StoredGateReport | null;
  readonly evidence: readonly EvidenceRecord[];
  /** By the server's clock, milliseconds since 1970; null: not known. */
  readonly now: number | null;
}

export interface Wording extends Telling {
  /** Zone of the reader's own clock. */
  readonly readerZone: string;
}

export const plain = (text: string): AnswerLine => ({ text, tone: 'plain' });
export const warning = (text: string): AnswerLine => ({ text, tone: 'warn' });

const gateNames = (verdicts: readonly GateVerdict[], t: Translate): string =>
  verdicts.map(({ gate }) => t(`gate.${gate}` as TextId)).join(t('list.and'));

/** `Capacity (33.7 %, ≤ 10.0 %; test, 504 sessions)`; of one that gave no number its name alone. */
function withNumbers(verdict: GateVerdict, stored: AnswerSources['stored'], wording: Wording): string {
  const { t, format } = wording;
  const name = gateNames([verdict], t);
  return verdict.number === null || verdict.threshold === null
    ? name
    : t('with-numbers', {
        name,
        number: numberTold(verdict, wording),
        bound: gateBound(verdict, format),
        sample: sampleBehind(verdict, stored, wording),
      });
}

/** The same of several. */
export const listed = (
  verdicts: readonly GateVerdict[],
  stored: AnswerSources['stored'],
  wording: Wording,
): string => verdicts.map((verdict) => withNumbers(verdict, stored, wording)).join(wording.t('list.and'));

const MOST_FIELDS = 4;

/** The first of many names. */
export function some(names: readonly string[], t: Translate, most = MOST_FIELDS): string {
  const shown = names.slice(0, most).join(t('list.and'));
  return names.length > most ? `${shown} …` : shown;
}
