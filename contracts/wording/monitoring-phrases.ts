import type { Phrase } from './phrase.ts';

/** What watches a champion says (monitoring/, the guard and the decay rule, health). */
export const MONITORING_PHRASES: readonly Phrase[] = [
  // The guard.
  ['guard: {?why}', '守衛：{why}'],
  ['decay: {?why}', '衰退：{why}'],
  ['another reign has begun', '另一任期已開始'],
  ['there is no working previous champion to go back to', '沒有可正常運作的前任版本可供回復'],
  ['the scores differ as usual', '分數的差異如常'],
  ['the champion scored an empty universe', '現任版本評分的標的池為空'],
  ['{#share} % of the rows have no score', '{share} % 的資料列沒有分數'],
  ['all rows have the same score', '所有資料列的分數相同'],
  ['the scores spread over {#spread}, {#usual} is usual', '分數的離散程度為 {spread}，平常為 {usual}'],
  [
    'the ranks spread over {#spread} of what ranks without ties do, {#usual} is usual',
    '排名的離散程度為無同分時的 {spread}，平常為 {usual}',
  ],
  [
    '{?broken}, and so it is with the previous champion: look at the data',
    '{broken}，前任版本亦然：請檢查資料',
  ],
  [
    'the previous champion has too few scores, or equal ones, to rank against: {#rows} rows',
    '前任版本的分數太少或皆相同，無法比較排序：{rows} 列',
  ],
  [
    'rank agreement {#agreement} with the previous champion, bound {#bound}',
    '與前任版本的排序一致性 {agreement}，門檻 {bound}',
  ],
  [
    "e-value {#e} of returns being worse than the previous champion's, bound {#bound}",
    '報酬劣於前任版本的 e 值 {e}，門檻 {bound}',
  ],
  [
    "e-value {#e} of ic being worse than the previous champion's, bound {#bound}",
    'IC 劣於前任版本的 e 值 {e}，門檻 {bound}',
  ],
  [
    'drawdown {#own} % against {#other} % of the previous champion, {#tolerance} % more is tolerated',
    '跌幅 {own} %，前任版本為 {other} %，容許多出 {tolerance} %',
  ],
  ['e-value {#e} that it is no luck, bound {#bound}', '並非運氣的 e 值 {e}，門檻 {bound}'],
  [
    "drawdown {#own} % deeper than the previous champion's, beyond noise from {#bound} %",
    '跌幅比前任版本深 {own} %，自 {bound} % 起即非雜訊',
  ],
  [
    '{?why} ({#inRow} inconclusive sessions in a row, limit {#limit})',
    '{why}（連續 {inRow} 個交易日證據不足，上限 {limit}）',
  ],
  [
    '{?why} ({#inRow} of {#limit} failed sessions in a row)',
    '{why}（連續 {inRow} / {limit} 個交易日不通過）',
  ],
  ['the model is frozen: {why}', '模型已凍結：{why}'],
  [
    '{#rollbacks} automatic rollbacks within a day, {#allowed} are allowed',
    '一日內自動回復 {rollbacks} 次，容許 {allowed} 次',
  ],
  [
    'cooldown: {#since} of {#sessions} sessions since the last automatic rollback',
    '冷卻期：距上次自動回復 {since} / {sessions} 個交易日',
  ],
  ['autoRollback is off, a rollback is asked for', '未啟用自動回復（autoRollback），請人員回復'],
  ['not rolled back: {?why}', '未回復：{why}'],
  ['the champion could not be scored: {?why}', '現任版本無法評分：{why}'],
  [
    '{#mismatches} of {#rows} rows of its parity set differ from the native predictions',
    '一致性資料 {rows} 列中有 {mismatches} 列與原生預測不同',
  ],
  ['the parity of the champion cannot be checked: {?why}', '無法檢查現任版本的一致性：{why}'],
  ['errors and parity of the champion', '現任版本的錯誤與一致性'],
  ['spread of the scores', '分數的離散程度'],
  ['rank agreement with the previous champion', '與前任版本的排序一致性'],
  ['e-value that it is worse than the previous champion', '劣於前任版本的 e 值'],
  ['drawdown beyond the previous champion', '超出前任版本的跌幅'],
  ['the guard', '守衛'],
  ['a bound of the guard', '守衛的門檻'],
  ['nothing is shown against previous yet', '相較於前任版本尚無結論'],
  ['nothing is shown against universe yet', '相較於整體市場尚無結論'],
  ['nothing is shown against frozen yet', '相較於首任版本尚無結論'],
  ['a shadow calls nothing better', '影子執行不作較優的結論'],
  ['previous', '前任版本'],
  ['universe', '整體市場'],
  ['frozen', '首任版本'],
  ['rank IC', 'Rank IC'],
  ['net returns', '淨報酬'],
  [
    'worse than {?opponent} by {?measure}: e-value {#e} over {#sessions} sessions, bound {#bound}',
    '以{measure}計劣於{opponent}：{sessions} 個交易日的 e 值 {e}，門檻 {bound}',
  ],
  [
    'better than {?opponent} by {?measure}: e-value {#e} over {#sessions} sessions, bound {#bound}',
    '以{measure}計優於{opponent}：{sessions} 個交易日的 e 值 {e}，門檻 {bound}',
  ],

  // The decay rule.
  [
    'the reference needs {#sessions} sessions that vary and have a mean rank IC above zero',
    '參考期需要 {sessions} 個有變動且平均 Rank IC 大於零的交易日',
  ],
  ['statistic at most {#largest}, threshold {#threshold}', '統計量最大 {largest}，門檻 {threshold}'],
  [
    'the rank IC no longer looks like a mean of {#mean}: statistic {#statistic} above {#threshold}',
    'Rank IC 已不像平均為 {mean}：統計量 {statistic} 超過 {threshold}',
  ],
  ['cooldown, {#since} of {#sessions} sessions', '冷卻期，{since} / {sessions} 個交易日'],
  ['an emergency retrain is under way', '緊急重新訓練正在進行'],
  ['a retrain costs more than it saves: {?why}', '重新訓練得不償失：{why}'],
  [
    'holding is expected to lose {#loss} bps of the book in {#sessions} sessions, retraining to cost {#cost} bps of the book',
    '維持現狀預期在 {sessions} 個交易日內損失投資組合的 {loss} 個基點，重新訓練的成本為 {cost} 個基點',
  ],
  ['the backtest has no return to weigh against', '回測沒有可供權衡的報酬'],
  ['no alarm', '沒有警報'],
  ['the evidence has not fallen far enough to release the alarm', '證據下降不足，尚不能解除警報'],
  ['the evidence for decay is gone', '衰退的證據已消失'],
  ['mend it, a retrain would learn it', '請修復：重新訓練只會學到錯誤'],
  ['data-fault: {?why}', '資料錯誤：{why}'],
  ['parity-break: {?why}', '一致性破壞：{why}'],
  ['bug: {?why}', '程式錯誤：{why}'],
  ['feature-drift: {?why}', '特徵漂移：{why}'],
  ['regime: {?why}', '市場狀態：{why}'],
  ['crowding: {?why}', '擁擠交易：{why}'],
  ['true-decay: {?why}', '訊號衰退：{why}'],
  ['rows, features and labels are as usual', '資料列、特徵與標籤皆如常'],
  ['{#number} more', '另有 {number} 項'],
  ['the parity set could not be read', '無法讀取一致性資料'],
  ['no earlier scores to compare with', '沒有先前的分數可比較'],
  ['scored again the session differs by {#difference} at most', '重新評分，該交易日最多相差 {difference}'],
  ['{#mismatches} rows of the parity set differ', '一致性資料有 {mismatches} 列不同'],
  ['all scores are equal', '所有分數相同'],
  ['scores look whole', '分數看來完整'],
  ['scores are whole', '分數完整'],
  ['the sources of the reign are unknown', '任期所用的程式碼不明'],
  ['the sources have changed since the reign began', '任期開始後程式碼已變更'],
  ['the sources are those of the reign', '程式碼與任期開始時相同'],
  ['the version has no reference statistics', '此版本沒有參考統計'],
  ['{#share} % of the features drifted', '{share} % 的特徵漂移'],
  [
    '{#share} % of the features drifted, {#asked} % are asked for',
    '{share} % 的特徵漂移，判定標準為 {asked} %',
  ],
  ['the market is too young to tell its regime', '市場資料太短，無法判斷其狀態'],
  ['the market is {?now}; since the reign began it was {*before}', '市場目前為{now}；任期開始以來為{before}'],
  ['bull', '多頭'],
  ['bear', '空頭'],
  ['high-volatility', '高波動'],
  ['the turnover of the backtest is unknown', '回測的週轉率不明'],
  ["turnover is {#ratio} times the backtest's", '週轉率為回測的 {ratio} 倍'],
  ['no previous champion to compare with', '沒有可比較的前任版本'],
  [
    'the previous champion has a mean rank IC of {#ic} on the same sessions',
    '前任版本在相同交易日的平均 Rank IC 為 {ic}',
  ],
  ['nothing else explains it', '沒有其他解釋'],
  [
    'features drifted on {#sessions} sessions in a row, {#share} % of them on the last',
    '特徵連續 {sessions} 個交易日漂移，最後一日有 {share} % 的特徵漂移',
  ],
  ['consumers were told: {action}', '已通知使用端：{action}'],
  ['rolled back to version {#version}', '已回復至第 {version} 版'],
  ['the rollback failed: {?why}', '回復失敗：{why}'],
  ['the spec asks for {action}, which failed: {?why}', '規格要求 {action}，但失敗：{why}'],
  [
    'Decay watch: with a daily rank IC of {#mean} on average and a deviation of {#deviation}, and {#alarms} false alarms a year, {?seen}; {#share} % within 120.',
    '衰退監看：每日 Rank IC 平均 {mean}、標準差 {deviation}，每年容許誤報 {alarms} 次時，{seen}；120 個交易日內看出者占 {share} %。',
  ],
  ['fewer than half of full decays are ever seen', '完全衰退有過半永遠看不出來'],
  [
    'a full decay is seen after {#median} sessions in half of the cases, after {#ninety} in nine of ten',
    '完全衰退有一半在 {median} 個交易日後看出，九成在 {ninety} 個交易日後看出',
  ],
  [
    'a full decay is seen after {#median} sessions in half of the cases',
    '完全衰退有一半在 {median} 個交易日後看出',
  ],

  // Data of a session.
  [
    '{#rows} rows, at least {#bound} of the usual {usual} are needed',
    '資料 {rows} 列，至少需達平常 {usual} 列的 {bound}',
  ],
  [
    '{feature} is missing in {#missing} % of the rows, in training in {#usual} % at most',
    '{feature} 在 {missing} % 的資料列缺漏，訓練時至多 {usual} %',
  ],
  [
    '{feature} has the same value in every row, in training on {#share} % of the sessions',
    '{feature} 在每一列皆為相同值，訓練時僅 {share} % 的交易日如此',
  ],
  ['{#share} % of {feature} lies outside what training saw', '{feature} 有 {share} % 超出訓練時的範圍'],
  [
    '{#share} % of the features have the values of the session before',
    '{share} % 的特徵與前一交易日的值相同',
  ],
  ['labels are overdue for {#sessions} sessions', '標籤逾期 {sessions} 個交易日'],

  // Health.
  ['no usable baseline of the rank IC', '沒有可用的 Rank IC 基線'],
  ['decayed with a chance of {#share} %', '衰退的機率為 {share} %'],
  [
    '{#scored} % of the rows scored, in {#ms} of {#bound} ms',
    '{scored} % 的資料列已評分，耗時 {ms} / {bound} 毫秒',
  ],
  ['not measured', '未量測'],
  [
    'memory {#memory} %, disk {#disk} % in use, load {#load} per processor',
    '記憶體使用 {memory} %、磁碟使用 {disk} %，每處理器負載 {load}',
  ],
];
