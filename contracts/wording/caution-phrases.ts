import { GATE_NAMES_ZH } from './gate-names.ts';
import type { Phrase } from './phrase.ts';

/** What is looked at a second time, by its code. */
export const CAUTION_NAMES_ZH: Readonly<Record<string, string>> = {
  'sharpe-too-good': '夏普比率過高',
  'benchmark-too-good': '現行模型設定夏普比率過高',
  leap: '領先幅度過大',
  'rank-ic-too-good': 'Rank IC 過高',
  'pbo-among-few': '獨立模型設定過少',
  'one-regime': '單一市況',
  'few-observations': '獨立觀測過少',
  'few-paired-observations': '與現行版本比較之觀測過少',
  'few-sessions-carry': '獲利集中於少數交易日',
  'few-names-carry': '獲利集中於少數標的',
  'wide-bounds': '門檻不具約束力',
  'switched-off': '已關閉的關卡',
  'wide-shadow': '平行測試門檻不具約束力',
};

/** What stands out although no gate asks for it (gates/cautions). */
export const CAUTION_PHRASES: readonly Phrase[] = [
  ...Object.entries(GATE_NAMES_ZH).flatMap(([gate, name]): readonly Phrase[] => [
    [
      `${gate}, {#number} where {?sign} {#bound} is asked for: it would have to come out at least {#errors} standard errors worse to fail`,
      `${name}為 {number}，要求 {sign} {bound}：至少須再差 {errors} 個標準誤才會不通過`,
    ],
    [
      `${gate}, {#number} where {?sign} {#bound} is asked for: it would have to come out {#errors} standard errors worse to fail`,
      `${name}為 {number}，要求 {sign} {bound}：須再差 {errors} 個標準誤才會不通過`,
    ],
  ]),
  ['not measured: {?why}', '未量測：{why}'],
  ['the regimes of the test were not measured', '未量測測試期間的市場狀態'],
  ['no session of the test has a known regime', '測試期間沒有任何交易日的市場狀態已知'],
  [
    '{#share} % of the {#sessions} session(s) of the test lay in one regime of the market, {?regime}',
    '測試的 {sessions} 個交易日有 {share} % 處於同一市場狀態：{regime}',
  ],
  ['no rank IC was measured', '未量測 Rank IC'],
  [
    '{#sessions} session(s) with labels of {#overlap} session(s) are worth about {#effective} independent observations',
    '{sessions} 個交易日的標籤各涵蓋 {overlap} 個交易日，約相當於 {effective} 個獨立觀測',
  ],
  ['the champion was not scored beside it', '未與現行版本平行評分'],
  [
    'the comparison with the champion rests on {#sessions} session(s), about {#holds} holds of {#hold} session(s) that do not overlap',
    '與現行版本的比較僅依據 {sessions} 個交易日，約為 {holds} 個互不重疊的 {hold} 日持有期',
  ],
  ['there are too few sessions to leave some out', '交易日太少，無法剔除其中數日'],
  ['there is no gain that sessions could carry', '沒有可歸於各交易日的獲利'],
  [
    'the best {#best} of {#sessions} session(s) brought {#share} % of the gain; ordinary returns of the same mean and spread would bring {#usual} %',
    '{sessions} 個交易日中最佳的 {best} 日帶來 {share} % 的獲利；平均與離散程度相同的一般報酬應為 {usual} %',
  ],
  ['what each name brought was not measured', '未量測各標的的貢獻'],
  ['there is no gain that names could carry', '沒有可歸於各標的的獲利'],
  [
    '{name} alone brought {#share} % of what {#names} name(s) earned before costs',
    '{names} 檔標的扣除成本前的獲利中，{name} 一檔占 {share} %',
  ],
  ['the candidate has no Sharpe ratio', '候選版本沒有夏普比率'],
  [
    'annualised Sharpe {#sharpe} net of cost; no public strategy on shares shows more than {#bound}',
    '扣除成本後的年化夏普比率 {sharpe}；公開的股票策略無一超過 {bound}',
  ],
  ['the benchmark has no Sharpe ratio', '基準沒有夏普比率'],
  [
    '{?name} shows an annualised Sharpe of {#sharpe} on the same sessions: more than {#bound} means that data or costs flatter every recipe',
    '{name}在相同交易日的年化夏普比率為 {sharpe}：超過 {bound} 表示資料或成本假設美化了所有模型設定',
  ],
  ['there are not two Sharpe ratios to compare', '沒有可比較的兩個夏普比率'],
  ['the error of the lead is not known', '領先幅度的誤差不明'],
  [
    'annualised Sharpe {#own} against {#other} of {?name}: a lead of {#lead}; chance alone (standard error {#error}) makes {#bound} of a lead of {#most}, as much as most public strategies have altogether',
    '年化夏普比率 {own}，{name}為 {other}：領先 {lead}；真正領先 {most}（已相當於多數公開策略的全部）時，僅憑抽樣誤差（標準誤 {error}）就可能達到 {bound}',
  ],
  [
    'annualised Sharpe {#own} against {#other} of {?name}: a lead of {#lead}, where {#bound} is as much as most public strategies have altogether',
    '年化夏普比率 {own}，{name}為 {other}：領先 {lead}，而 {bound} 已相當於多數公開策略的全部',
  ],
  [
    'mean daily rank IC {#ic}; {#bound} is that of a great forecaster',
    '每日 Rank IC 平均 {ic}；{bound} 已屬極優的預測者',
  ],
  ['PBO, or the effective number of trials, is not known', '過度配適機率或有效試驗次數不明'],
  [
    'PBO {#pbo} among {#trials} trial(s), worth {#effective} independent ones: not near none, so it is not asked how it came to be',
    '過度配適機率 {pbo}，依 {trials} 次試驗，相當於 {effective} 次獨立試驗：並非接近零，因此不追問其由來',
  ],
  [
    'PBO {#pbo} among {#trials} trial(s), worth {#effective} independent ones: among fewer than {#bound} there is little to be overfitted among',
    '過度配適機率 {pbo}，依 {trials} 次試驗，相當於 {effective} 次獨立試驗：少於 {bound} 次時本就難以過度配適',
  ],
  ['every bound that counts could refuse something', '計入的每一項門檻都可能拒絕候選版本'],
  [
    '{#gates} gate(s) with a bound that refuses next to nothing: {named}',
    '{gates} 項關卡的門檻不具約束力：{named}',
  ],
  ['the bounds of the shadow were not given to the gates', '關卡未獲知平行測試的門檻'],
  ['every bound of the shadow could end it', '平行測試的每一項門檻都可能使其中止'],
  [
    '{#bounds} bound(s) of the shadow that next to nothing crosses: {named}',
    '平行測試有 {bounds} 項門檻不具約束力：{named}',
  ],
  ['the spec switches no gate off', '規格未關閉任何關卡'],
  ['{#gates} gate(s) switched off by the spec: {*named}', '規格關閉了 {gates} 項關卡：{named}'],
];
