import type { Phrase } from './phrase.ts';

/** What the shadow says (evaluation/shadow-bounds.ts, power-card.ts, paired-rows.ts). */
export const SHADOW_PHRASES: readonly Phrase[] = [
  ['the challenger failed: {?why}', '候選版本失敗：{why}'],
  ['the champion failed: {?why}', '現行版本失敗：{why}'],
  ['scored without an error', '評分無錯誤'],
  ['rows are paired', '資料列成對'],
  [
    '{#share} of {#rows} rows scored by both, {#needed} needed',
    '{rows} 列中雙方皆評分者占 {share}，需要 {needed}',
  ],
  [
    'the challenger left {#share} of {#rows} rows without a score, bound {#bound}',
    '候選版本在 {rows} 列中有 {share} 沒有分數，門檻 {bound}',
  ],
  ['the challenger scores all rows alike', '候選版本對所有資料列給出相同分數'],
  ['the scores differ', '分數有差異'],
  ['not scored, so not timed', '未評分，因此未計時'],
  ['one universe takes {#ms} ms, bound {#bound}', '評分整個標的池需 {ms} 毫秒，門檻 {bound}'],
  ['the champion takes {#ms} ms, the machine is at fault', '現行版本需 {ms} 毫秒，問題在於機器'],
  ['there are no features', '沒有特徵'],
  ['no feature can be held against training', '沒有特徵可與訓練時比較'],
  [
    'not measured, since no row of training knew it: {features}',
    '未量測，因訓練資料中沒有任何一列有此值：{features}',
  ],
  ['{feature} is unknown on every row of the session', '{feature} 在該交易日的每一列皆為未知'],
  [
    '{feature} was {#was} on every row of training and is {#is} on average: it has no deviation to measure by',
    '{feature} 在訓練的每一列皆為 {was}，現平均為 {is}：沒有可供衡量的離散程度',
  ],
  [
    '{feature} lies {#deviations} training deviations from its mean, bound {#bound}',
    '{feature} 偏離訓練平均 {deviations} 個標準差，門檻 {bound}',
  ],
  ['no session to compare with yet', '尚無可比較的交易日'],
  [
    '{#differing} of {#cells} feature values of {session} come out otherwise a session later, bound {#bound}',
    '{session} 的 {cells} 個特徵值中有 {differing} 個在次一交易日算出不同結果，門檻 {bound}',
  ],
  ['there is no champion to agree with', '沒有可比較的現行版本'],
  ['too few pairs, or constant ones, to rank', '成對資料太少或固定不變，無法排序'],
  ['rank agreement {#agreement}, bound {#bound}', '排序一致性 {agreement}，門檻 {bound}'],
  ['it takes two sessions to turn over', '至少要兩個交易日才有週轉'],
  [
    '{#share} of the wanted names change from session to session, bound {#bound}',
    '目標標的每日更換 {share}，門檻 {bound}',
  ],
  ['no wanted name has a sector', '目標標的皆無產業別'],
  [
    '{#share} of the wanted book is in {sector}, bound {#bound}',
    '目標投資組合有 {share} 屬於 {sector}，門檻 {bound}',
  ],
  ['too few returns are known for a beta', '已知報酬太少，無法計算 Beta'],
  [
    "the wanted book's beta is {#beta}, {#distance} from {#neutral}, bound {#bound}",
    '目標投資組合的 Beta 為 {beta}，與 {neutral} 相差 {distance}，門檻 {bound}',
  ],
  [
    '{#refused} of {#wanted} paper trades locked at a limit, halted or banned, bound {#bound}',
    '模擬交易 {wanted} 筆中有 {refused} 筆遇漲跌停鎖死、暫停交易或禁止，門檻 {bound}',
  ],
  ['a paper return is not a number', '有一個模擬報酬不是數值'],
  [
    'paper loss {#loss} % over {#sessions} sessions, bound {#bound} %',
    '{sessions} 個交易日的模擬虧損 {loss} %，門檻 {bound} %',
  ],
  [
    'paper drawdown {#fall} % over {#sessions} sessions, bound {#bound} %',
    '{sessions} 個交易日的模擬回撤 {fall} %，門檻 {bound} %',
  ],
  // Of earlier releases.
  [
    'paper loss {#loss} over {#sessions} sessions, bound {#bound}',
    '{sessions} 個交易日的模擬虧損 {loss}，門檻 {bound}',
  ],
  [
    'paper drawdown {#fall} over {#sessions} sessions, bound {#bound}',
    '{sessions} 個交易日的模擬回撤 {fall}，門檻 {bound}',
  ],
  ['no bound was crossed', '未超出任何門檻'],
  ['{#measured} sessions measured, no bound crossed', '已量測 {measured} 個交易日，未超出任何門檻'],
  ['{#measured} of {#planned} sessions measured: {?why}', '已量測 {measured} / {planned} 個交易日：{why}'],
  ['it ended early', '提前結束'],
  ["{symbol}: the challenger's features have no row", '{symbol}：候選版本的特徵中沒有此列'],
  ["{symbol}: the champion's features have no row", '{symbol}：現行版本的特徵中沒有此列'],
  ["the challenger's features have no row", '候選版本的特徵中沒有此列'],
  ["the champion's features have no row", '現行版本的特徵中沒有此列'],
  ['{symbol}: the challenger gave no finite score', '{symbol}：候選版本未給出有限的分數'],
  ['{symbol}: the champion gave no finite score', '{symbol}：現行版本未給出有限的分數'],
  ['the challenger gave no finite score', '候選版本未給出有限的分數'],
  ['the champion gave no finite score', '現行版本未給出有限的分數'],
  ['it could not be scored', '無法評分'],
  ['no rows', '沒有資料列'],
  [
    'another champion reigns since it began: {#days} of {#sessions} sessions measured',
    '開始之後已換了現行版本：已量測 {days} / {sessions} 個交易日',
  ],
  [
    '{#sessions} sessions, {#labels} with a matured label: they find an annualised Sharpe difference (power 1: {#one}, 2: {#two}, 3: {#three}), with 80 % only one {?least}; a difference of 2 takes {?needed} sessions. A shadow shows safety, never skill.',
    '{sessions} 個交易日，其中 {labels} 個標籤已到期：能看出年化夏普比率差異的檢定力（差距 1：{one}；2：{two}；3：{three}），達 80 % 者僅限於差距{least}；看出差距 2 需要 {needed} 個交易日。平行測試證明安全，不證明能力。',
  ],
  [
    '{#sessions} sessions in the shadow show that it runs, not that it earns more. With a probability of 80 % they notice {?least}; a lead of 1, 2 or 3 they notice with a probability of {#one}, {#two} or {#three}. To notice a lead of 2 takes {?needed} sessions. Sessions with a matured label: {#labels}.',
    '{sessions} 個交易日的平行測試證明能正常運作，不證明賺得更多。有 80 % 的機率驗出者：{least}；領先 1、2 或 3 時，驗出的機率分別為 {one}、{two}、{three}。要驗出領先 2，需要 {needed} 個交易日。標籤已到期的交易日：{labels}。',
  ],
  ['only a lead of {#sharpe} or more in annualised Sharpe ratio', '年化夏普比率領先 {sharpe} 以上'],
  [
    'In the test its return differed by {#lead} bp a day over {#sessions} sessions, and by {#apart} bp on an ordinary day: the shadow notices, with a probability of 80 %, a lead of {#daily} bp a day or more.',
    '測試期間 {sessions} 個交易日，其報酬平均每日相差 {lead} bp，一般單日相差 {apart} bp：每日領先須達 {daily} bp，平行測試才有 80 % 的機率驗出。',
  ],
  ['no lead of any size', '任何幅度的領先皆無'],
  ['{#sharpe} or more', ' {sharpe} 以上'],
  ['of no size', '不論多大皆不可能'],
  ['more than a million', '超過一百萬'],
  [
    'The swap changes {#entering} of {#names} names ({#leaving} leave, {#kept} stay), {#share} % of the book.',
    '換版將更換 {names} 檔中的 {entering} 檔（移除 {leaving} 檔，保留 {kept} 檔），占投資組合 {share} %。',
  ],
  [
    'The swap changes {#entering} of {#names} names ({#leaving} leave), {#share} % of the book.',
    '換版將更換 {names} 檔中的 {entering} 檔（移除 {leaving} 檔），占投資組合 {share} %。',
  ],
];
