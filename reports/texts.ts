import { decimalsOf, undusted } from '../contracts/decimals.ts';
import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import { CAUTION_NAMES_ZH } from '../contracts/wording/caution-phrases.ts';
import { COMMAND_NAMES_ZH } from '../contracts/wording/command-names.ts';
import { GATE_NAMES_ZH } from '../contracts/wording/gate-names.ts';
import { marketTimeName } from '../contracts/wording/zone-names.ts';
import { told } from '../contracts/wording/told.ts';
import type { Language } from './document.ts';

const en = {
  retrainTitle: 'Retrain report',
  monthlyTitle: 'Monthly report',
  incidentTitle: 'Incident report',
  asOf: 'as of',
  outcome: 'Outcome',
  reason: 'Reason',
  trigger: 'Trigger',
  requester: 'Requested by',
  started: 'Started',
  finished: 'Finished',
  version: 'Version',
  spec: 'Spec number',
  loosened: 'Looser than the champion’s spec',
  none: 'none',
  clock: 'Clock of the market',
  clockLive: 'live',
  clockReplay: 'a replay of the past, not live; seconds of real time for each session',
  gates: 'What the gates say',
  gate: 'Gate',
  verdict: 'Verdict',
  reportedOnly: 'reported only',
  number: 'Number',
  held: 'Held against the bound',
  bound: 'Bound',
  figures: 'Figures',
  secondLook: 'A second look (decides nothing)',
  secondLookOld: 'not taken by the release that judged',
  secondLookNone: 'nothing stands out',
  tradesTold: 'Feasibility and capacity',
  tradesApart:
    'feasibility counts trades that a halt, a price limit or a ban forbade at the close, whatever their size; capacity measures the size of those made beside what their names trade in a session',
  closestCall: 'Closest call of the checks that passed',
  standardErrors: 'standard errors inside its bound',
  performance: 'Candidate and benchmark, per year, net of cost',
  measure: 'Measure',
  candidate: 'Candidate',
  benchmark: 'Benchmark',
  sharpe: 'Sharpe ratio',
  annualReturn: 'Return',
  volatility: 'Volatility',
  drawdown: 'Largest drawdown',
  rankIc: 'Mean rank IC',
  turnover: 'Turnover, times equity',
  icHalfLife: 'Half-life of the rank IC, sessions (95 %)',
  notIdentified: 'not identified',
  cost: 'Cost',
  byLuck: 'Sharpe ratio, and what the best of all recipes is expected to show by luck alone',
  afterImpact: 'Left after market impact and least fees, book of',
  beforeImpact: 'not recorded: every return here is before market impact',
  impactLeaves: 'a year, Sharpe ratio',
  shadow: 'Shadow',
  session: 'Session',
  rows: 'Rows',
  paired: 'Paired',
  signatures: 'Signatures',
  who: 'Who',
  decision: 'Decision',
  time: 'Time',
  approve: 'approved',
  reject: 'rejected',
  champion: 'Champion',
  epoch: 'Epoch',
  cause: 'Cause',
  reigns: 'Reigns that began in the month',
  retrains: 'Retrains of the month',
  results: 'Live results of the champion',
  sessions: 'Sessions',
  monthReturn: 'Net return of the month',
  alerts: 'Alerts',
  severity: 'Severity',
  regulatory: 'Positions, limits and settlement',
  settlementFirst: 'First session it decides, and its settlement',
  positionLimits: 'Largest share of a name · of a sector · of traded value',
  positions: 'Positions that the promotion changes, share of the book',
  positionsBefore: 'Positions that the promotion taken back had changed, share of the book',
  noServers: 'no server holds a lease now',
  entering: 'Enter',
  leaving: 'Leave',
  staying: 'Stay',
  unknown: 'not known',
  notRecorded: 'not recorded',
  market: 'Market',
  priceLimit: 'Price limit',
  settlement: 'Settlement of trades of the last session',
  taxAndFees: 'Fee each side and tax on sales',
  noLimit: 'none',
  marketTime: 'In the time of the market',
  rolledBackFrom: 'Taken back',
  rolledBackTo: 'Answers again',
  by: 'By',
  acknowledged: 'Servers that answer with this epoch',
  timeline: 'Timeline',
  command: 'Command',
  measurements: 'What the guard measured before',
  nothing: 'Nothing.',
  notComputed: 'not computed',
  lastDrill: 'Last drill of the way back',
  drillNever: 'never',
  drillPassed: 'every server could go back',
  drillFailed: 'failed on',
  drillDays: 'days before the retrain ended',
  provenance: 'Made by Contender from the record. Evidence',
  zone: 'Times are in',
} as const;

type TextName = keyof typeof en;

const zhTw: Readonly<Record<TextName, string>> = {
  retrainTitle: '重新訓練報告',
  monthlyTitle: '月報',
  incidentTitle: '事件報告',
  asOf: '截至',
  outcome: '結果',
  reason: '理由',
  trigger: '觸發來源',
  requester: '提出者',
  started: '開始',
  finished: '結束',
  version: '版本',
  spec: '規格編號',
  loosened: '較現行版本規格寬鬆的項目',
  none: '無',
  clock: '市場時間',
  clockLive: '即時',
  clockReplay: '重播過去的市場，並非即時；每個交易日所用的實際秒數',
  gates: '關卡判定',
  gate: '關卡',
  verdict: '判定',
  reportedOnly: '僅供參考',
  number: '數值',
  held: '與門檻比較的數值',
  bound: '門檻',
  figures: '圖表',
  secondLook: '異常檢視（不影響判定）',
  secondLookOld: '評審當時的版次尚未檢視',
  secondLookNone: '未見異常',
  tradesTold: '可執行性與容量',
  tradesApart:
    '可執行性計算收盤時因暫停交易、漲跌停或禁止放空而無法成交的筆數，不論大小；容量衡量成交者的大小占該標的單日成交值的比例',
  closestCall: '通過的檢查中最接近門檻者',
  standardErrors: '個標準誤（距門檻）',
  performance: '候選版本與基準（年化，扣除成本）',
  measure: '指標',
  candidate: '候選版本',
  benchmark: '基準',
  sharpe: '夏普比率',
  annualReturn: '報酬',
  volatility: '波動度',
  drawdown: '最大回撤',
  rankIc: '平均 Rank IC',
  turnover: '週轉率（倍）',
  icHalfLife: 'Rank IC 半衰期，交易日（95 %）',
  notIdentified: '無法識別',
  cost: '成本',
  byLuck: '夏普比率，以及全部模型設定中最佳者純靠運氣預期可達之值',
  afterImpact: '扣除市場衝擊與最低手續費後，投資組合規模',
  beforeImpact: '無紀錄：此處報酬皆未計入市場衝擊',
  impactLeaves: '年化，夏普比率',
  shadow: '平行測試',
  session: '交易日',
  rows: '列數',
  paired: '成對',
  signatures: '簽核',
  who: '人員',
  decision: '決定',
  time: '時間',
  approve: '核准',
  reject: '駁回',
  champion: '現行版本',
  epoch: '換版序號',
  cause: '原因',
  reigns: '本月上線紀錄',
  retrains: '本月重新訓練',
  results: '現行版本實際績效',
  sessions: '交易日數',
  monthReturn: '本月淨報酬',
  alerts: '警示',
  severity: '嚴重度',
  regulatory: '部位、限制與交割',
  settlementFirst: '據以交易之首個交易日及其交割日',
  positionLimits: '單一標的上限 · 產業上限 · 成交值占比上限',
  positions: '升版所變動之部位及占投資組合比重',
  positionsBefore: '遭撤回之升版所曾變動之部位及占投資組合比重',
  noServers: '目前沒有伺服器持有租約',
  entering: '新增',
  leaving: '移除',
  staying: '保留',
  unknown: '未知',
  notRecorded: '無紀錄',
  market: '市場',
  priceLimit: '漲跌幅限制',
  settlement: '最後交易日成交之交割日',
  taxAndFees: '單邊手續費與賣出證交稅',
  noLimit: '無',
  marketTime: '市場時間',
  rolledBackFrom: '撤回版本',
  rolledBackTo: '重新上線版本',
  by: '執行者',
  acknowledged: '已換至此換版序號的伺服器',
  timeline: '時間軸',
  command: '指令',
  measurements: '上線監控先前的量測',
  nothing: '無。',
  notComputed: '未計算',
  lastDrill: '上次回復演練',
  drillNever: '從未演練',
  drillPassed: '所有伺服器皆可回復',
  drillFailed: '未通過的伺服器',
  drillDays: '天（重新訓練結束前）',
  provenance: '由 Contender 依紀錄產生。證據',
  zone: '時間為',
};

/** Names that stand in records, in the language of the reader; a name that is not here stays as it is. */
const NAMES_ZH: Readonly<Record<string, string>> = {
  ...GATE_NAMES_ZH,
  ...{ pass: '通過', fail: '不通過', inconclusive: '證據不足', error: '錯誤', waived: '已豁免' },
  ...{ open: '進行中', promoted: '已升版', refused: '未通過關卡', rejected: '已駁回', expired: '已逾期' },
  ...{ failed: '失敗', cancelled: '已取消', superseded: '已被取代', judged: '已評審' },
  ...{ schedule: '排程', manual: '人工', decay: '衰退警報', drift: '漂移警報' },
  ...{ swap: '換版', rollback: '回復', probation: '試用' },
  ...CAUTION_NAMES_ZH,
  ...COMMAND_NAMES_ZH,
  ...{ INFO: '資訊', WARNING: '警告', ERROR: '錯誤', CRITICAL: '嚴重', EMERGENCY: '緊急' },
  ...{ XTAI: '臺灣證券交易所（XTAI）', XNYS: '紐約證券交易所（XNYS）' },
};

/** The same for readers of English, where a code says little. */
const NAMES_EN: Readonly<Record<string, string>> = {
  XTAI: 'Taiwan Stock Exchange (XTAI)',
  XNYS: 'New York Stock Exchange (XNYS)',
};

/** Month and day change places between readers of English; the year first is read one way by all. */
const DATES: Readonly<Record<Language, string>> = { en: 'sv-SE', 'zh-TW': 'zh-TW' };
const SIGNS: Readonly<Record<string, string>> = { '>=': '≥', '<=': '≤', '==': '=' };

export interface ReportTexts {
  readonly say: (name: TextName) => string;
  readonly name: (recorded: string) => string;
  /** A recorded sentence; English where it is no known one. */
  readonly told: (sentence: string) => string;
  /** Why somebody acted: the system's words are told, those of a person stand as they were written. */
  readonly said: (reason: string, by: string) => string;
  /** `≥` for `>=`. */
  readonly sign: (comparison: string) => string;
  readonly number: (value: number | null, digits?: number) => string;
  /** A whole number of things. */
  readonly count: (value: number) => string;
  readonly percent: (value: number | null, digits?: number) => string;
  /** To the minute, in the zone of the market. */
  readonly instant: (iso: string | null) => string;
  /** Where the report comes from, and in whose time its instants are. */
  readonly source: (evidence: readonly string[]) => string;
  /** `What: about it`. */
  readonly pair: (what: string, about: string) => string;
  /** Parts of a sentence behind one another. */
  readonly list: (parts: readonly string[]) => string;
  /** `what (aside)`. */
  readonly aside: (what: string, aside: string) => string;
}

export function reportTexts(language: Language, timeZone: string): ReportTexts {
  const texts = language === 'en' ? en : zhTw;
  const names = language === 'en' ? NAMES_EN : NAMES_ZH;
  const colon = language === 'en' ? ': ' : '：';
  const zone = marketTimeName(timeZone, language) ?? timeZone;
  const digits = (value: number, least: number): string => {
    const count = decimalsOf(value, least);
    return undusted(value).toLocaleString(language, {
      minimumFractionDigits: count,
      maximumFractionDigits: count,
    });
  };
  return {
    say: (name) => texts[name],
    name: (recorded) => names[recorded] ?? recorded,
    told: (sentence) => told(sentence, language).text,
    said: (sentence, by) => (by === SYSTEM_ACTOR.subject ? told(sentence, language).text : sentence),
    sign: (comparison) => SIGNS[comparison] ?? comparison,
    count: (value) => value.toLocaleString(language),
    number: (value, count = 3) => (value === null ? texts.notComputed : digits(value, count)),
    percent: (value, count = 2) => (value === null ? texts.notComputed : `${digits(value * 100, count)} %`),
    pair: (what, about) => `${what}${colon}${about}`,
    list: (parts) => parts.join(language === 'en' ? ', ' : '，'),
    aside: (what, aside) => (language === 'en' ? `${what} (${aside})` : `${what}（${aside}）`),
    source: (evidence) =>
      `${texts.provenance}${colon}${evidence.length === 0 ? texts.none : evidence.join(', ')}${language === 'en' ? `. ${texts.zone} ${zone}.` : `。${texts.zone}${zone}。`}`,
    instant: (iso) =>
      iso === null
        ? '–'
        : new Date(iso).toLocaleString(DATES[language], {
            ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit' },
            ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
          }),
  };
}
