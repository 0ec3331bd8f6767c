import type { StoredGateReport } from './api/schemas.ts';
import type { Format } from './formats.ts';
import { gateNumber } from './gate-numbers.ts';
import type { TextId, Translate } from './i18n/text-id.ts';
import { recordedCautions, reportFacts } from './report.ts';
import type { RecordedCaution } from './report.ts';

/** A second look as the pages show it. */
export interface CautionLine {
  readonly code: string;
  readonly raised: boolean;
  /** What was looked at, in a few words. */
  readonly title: string;
  readonly number: string;
  readonly bound: string;
  /** What stands out, in a sentence; of one that does not, empty. */
  readonly sentence: string;
  /** Why nothing was measured, as recorded; else empty. */
  readonly unmeasured: string;
}

type Unit = 'ratio' | 'ic' | 'share' | 'count' | 'observations';

const UNITS: Readonly<Record<string, Unit>> = {
  'sharpe-too-good': 'ratio',
  'benchmark-too-good': 'ratio',
  leap: 'ratio',
  'rank-ic-too-good': 'ic',
  'pbo-among-few': 'observations',
  'one-regime': 'share',
  'few-observations': 'count',
  'few-paired-observations': 'observations',
  'few-sessions-carry': 'share',
  'few-names-carry': 'share',
  'wide-bounds': 'count',
  'switched-off': 'count',
  'wide-shadow': 'count',
};

/** Those that stand out below their bound. */
const BELOW: ReadonlySet<string> = new Set(['pbo-among-few', 'few-observations', 'few-paired-observations']);

/**
 * What a careful colleague would point out, in the words of the reader. Null: the report is of a release that did not look.
 * A caution that these pages do not know (of a later release) keeps its recorded sentence.
 */
export function cautionLines(
  stored: StoredGateReport,
  t: Translate,
  format: Format,
): readonly CautionLine[] | null {
  return recordedCautions(stored)?.map((caution) => lineOf(caution, stored, t, format)) ?? null;
}

function lineOf(
  caution: RecordedCaution,
  stored: StoredGateReport,
  t: Translate,
  format: Format,
): CautionLine {
  const { code, raised, number, bound, reason } = caution;
  const unit = UNITS[code];
  const shown = {
    ...{ code, raised, unmeasured: number === null ? reason : '' },
    number: inUnit(number, unit, format),
    bound:
      bound === null
        ? inUnit(null, unit, format)
        : `${BELOW.has(code) ? '<' : '>'} ${inUnit(bound, unit, format)}`,
  };
  if (unit === undefined) return { ...shown, title: code, sentence: raised ? reason : '' };
  const values = {
    sessions: format.count(reportFacts(stored).sessions.count),
    ...detailsOf(caution, t, format),
    number: shown.number,
    bound: inUnit(bound, unit, format),
  };
  return {
    ...shown,
    title: t(`caution.title.${code}` as TextId),
    sentence: raised ? t(sentenceId(caution), values) : '',
  };
}

/** A lead that an earlier release recorded stands out beyond a fixed bound, one of this release beyond chance. */
const sentenceId = ({ code, details }: RecordedCaution): TextId =>
  code === 'leap' && numberIn(details, 'standardError') !== null
    ? 'caution.leap.error'
    : (`caution.${code}` as TextId);

function inUnit(value: number | null, unit: Unit | undefined, format: Format): string {
  switch (unit) {
    case 'share':
      return format.percent(value, 0);
    case 'ratio':
      return format.number(value, 2);
    case 'count':
      return format.count(value === null ? null : Math.round(value));
    case 'observations':
      return format.short(value);
    case 'ic':
    case undefined:
      return format.number(value);
  }
}

function detailsOf(
  { code, details }: RecordedCaution,
  t: Translate,
  format: Format,
): Readonly<Record<string, string | number>> {
  const count = (name: string): string => format.count(numberIn(details, name));
  switch (code) {
    case 'pbo-among-few':
      return { pbo: format.number(numberIn(details, 'pbo')), trials: count('trials') };
    case 'leap':
      return { most: format.short(numberIn(details, 'most')) };
    case 'one-regime':
      return {
        sessions: count('sessions'),
        regime: t(`regime.${textIn(details, 'regime')}` as TextId),
      };
    case 'few-observations':
      return { sessions: count('sessions'), overlap: count('overlap') };
    case 'few-paired-observations':
      return { sessions: count('sessions'), hold: count('hold') };
    case 'few-sessions-carry':
      return {
        ...{ best: count('best'), sessions: count('sessions') },
        usual: format.percent(numberIn(details, 'usual'), 0),
      };
    case 'few-names-carry':
      return { name: textIn(details, 'name'), names: count('names') };
    case 'wide-bounds':
      return { gates: boundsIn(details, t, format) };
    case 'wide-shadow':
      return { bounds: shadowBoundsIn(details, t, format) };
    case 'switched-off':
      return { gates: listIn(details, 'gates').map(gateName(t)).join(t('list.and')) };
    default:
      return {};
  }
}

const numberIn = (details: RecordedCaution['details'], name: string): number | null => {
  const value = details[name];
  return typeof value === 'number' ? value : null;
};
const textIn = (details: RecordedCaution['details'], name: string): string => {
  const value = details[name];
  return typeof value === 'string' ? value : '';
};
const listIn = (details: RecordedCaution['details'], name: string): readonly unknown[] => {
  const value = details[name];
  return Array.isArray(value) ? value : [];
};
const gateName =
  (t: Translate) =>
  (gate: unknown): string =>
    t(`gate.${String(gate)}` as TextId);

/** `Capacity (1,000.0 %), Overfitting (0.900)`: each gate with the bound that refuses nothing. */
function boundsIn(details: RecordedCaution['details'], t: Translate, format: Format): string {
  return listIn(details, 'gates')
    .flatMap((entry) => {
      if (typeof entry !== 'object' || entry === null || !('gate' in entry)) return [];
      const { gate } = entry;
      const value = 'value' in entry && typeof entry.value === 'number' ? entry.value : null;
      const told = gateNumber(gate as Parameters<typeof gateNumber>[0], boundOf(gate, value), format);
      return [`${gateName(t)(gate)} (${gate === 'drawdown' ? '+' : ''}${told})`];
    })
    .join(t('list.and'));
}

/** As the verdict has it: a margin of 1 is a bound of -1. That of the drawdown comes on top of the champion's. */
const boundOf = (gate: unknown, value: number | null): number | null =>
  gate === 'non-inferiority' && value !== null ? -value : value;

/** `Rank agreement with the champion (-1), Loss on paper (1)`: each bound of the shadow that next to nothing crosses. */
function shadowBoundsIn(details: RecordedCaution['details'], t: Translate, format: Format): string {
  return listIn(details, 'bounds')
    .flatMap((entry) => {
      if (typeof entry !== 'object' || entry === null || !('bound' in entry)) return [];
      const value = 'value' in entry && typeof entry.value === 'number' ? entry.value : null;
      return [`${t(`bound.${String(entry.bound)}` as TextId)} (${format.short(value)})`];
    })
    .join(t('list.and'));
}
