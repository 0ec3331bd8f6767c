import type { Phrase } from './phrase.ts';

/** What gates say (gates/): verdicts of every gate, why a gate was not asked, why a figure was not drawn. */
export const GATE_PHRASES: readonly Phrase[] = [
  ['<=', '≤'],
  ['>=', '≥'],
  ['no position', '空手'],
  ['candidate minus benchmark', '候選版本減基準'],
  ['previous champion', '前一版本'],
  ['champion', '現行版本'],
  ['rank IC since the decay began', '衰退開始以來的 Rank IC'],
  ["the champion's recipe", '現行模型設定'],
  ['the champion as it answers today', '目前線上的現行版本'],

  // Any gate.
  ['{unit} was not run', '{unit} 未執行'],
  ['{#recipes} recipes are more than {#most}', '模型設定 {recipes} 組，超過 {most} 組'],
  ['{#predictions} predictions on {session}, {#rows} rows', '{session} 有 {predictions} 個預測、{rows} 列'],
  ['{gate} was not measured', '關卡 {gate} 未量測'],
  ['not judged ({code}): {?why}', '未評審（{code}）：{why}'],
  ['the measurement is {number}: {?why}', '量測值為 {number}：{why}'],
  ['the bound is {number}: {?why}', '門檻為 {number}：{why}'],
  ['{?what} cannot be right: the measurement is broken', '{what}不可能正確：量測有誤'],
  ['a turnover of {number}', '週轉率 {number}'],
  ['a cost of {number}', '成本 {number}'],
  ['a share of {number}', '占比 {number}'],
  ['a share without a sector of {number}', '無產業別之占比 {number}'],
  ['{#refused} refused of {#wanted} wanted trades', '欲交易 {wanted} 筆中有 {refused} 筆未成交'],
  ['a participation of {share} with {unknown} unknown', '參與率 {share}，其中 {unknown} 未知'],
  ['{#leaks} leaks in {#rows} rows', '{rows} 列中有 {leaks} 處洩漏'],
  ['coverage {share} of {rows} rows', '{rows} 列的涵蓋率 {share}'],
  ['{mismatches} mismatches in {rows} rows', '{rows} 列中有 {mismatches} 處不一致'],
  ['p99 of {ms} ms over {runs} runs', '{runs} 次執行的 p99 為 {ms} 毫秒'],
  ['a rank correlation of {number}', '排序相關 {number}'],
  ['{number} violations', '{number} 處違反'],
  ['{#number} violation(s)', '{number} 處違反'],
  ['a model file of {bytes} bytes with {trees} trees', '模型檔 {bytes} 位元組、{trees} 棵樹'],

  // Operational.
  ['no value from the future in {#rows} recomputed row(s)', '重新計算 {rows} 列，沒有來自未來的值'],
  [
    '{#leaks} row(s) with values from the future in {#rows} recomputed row(s)',
    '重新計算 {rows} 列，其中 {leaks} 列含有來自未來的值',
  ],
  ['the leak audit checked no row', '洩漏稽核未檢查任何一列'],
  [
    '{#share} % of {#rows} member row(s) have a bar, {?sign} {#bound} %',
    '成分股 {rows} 列中有行情者占 {share} %，{sign} {bound} %',
  ],
  ['the universe is empty', '標的池為空'],
  ['{#rows} row(s) compared, {#needed} are needed', '已比對 {rows} 列，至少需要 {needed} 列'],
  [
    'every score equal between training and serving on {#rows} row(s)',
    '訓練與上線在 {rows} 列上的分數完全相同',
  ],
  [
    '{#differ} score(s) differ between training and serving on {#rows} row(s)',
    '訓練與上線在 {rows} 列中有 {differ} 個分數不同',
  ],
  [
    'p99 {#ms} ms {?sign} {#bound} ms over {#runs} scoring run(s)',
    '評分 {runs} 次，p99 為 {ms} 毫秒，{sign} {bound} 毫秒',
  ],
  ['no scoring run was timed', '未量測任何一次評分的時間'],
  [
    "final fit against the last fold's model: rank correlation {#correlation} {?sign} {#bound} on the last test block",
    '最終模型與最後一折的模型：在最後一個測試區段上排序相關 {correlation}，{sign} {bound}',
  ],
  [
    'model file of {#megabytes} MB {?sign} {#bound} MB, {#trees} tree(s)',
    '模型檔 {megabytes} MB，{sign} {bound} MB，共 {trees} 棵樹',
  ],

  // Business.
  [
    'turns the book over {#times} times a year, one-sided, {?sign} {#bound}',
    '投資組合每年週轉 {times} 次（單邊），{sign} {bound}',
  ],
  ['no costs were charged, so nothing is shown about paying them', '未計入成本，因此無從得知能否支應成本'],
  [
    'gross return {#gross} % a year is {#cover} times the costs of {#cost} %, {?sign} {#bound}',
    '年毛報酬 {gross} % 為成本 {cost} % 的 {cover} 倍，{sign} {bound}',
  ],
  ['the market data gives no sector of any held name', '市場資料中沒有任何持有標的的產業別'],
  [
    '{#share} % of the book has no known sector, which could cross the bound',
    '投資組合有 {share} % 產業別不明，可能超出門檻',
  ],
  ['the book was empty on every session', '投資組合在每個交易日皆為空'],
  [
    'largest name {name} with {#share} % of the book on {session}, {?sign} {#bound} %, over {#sessions} session(s)',
    '最大個股 {name} 於 {session} 占投資組合 {share} %，{sign} {bound} %（共 {sessions} 個交易日）',
  ],
  [
    'largest sector {name} with {#share} % of the book on {session}, {?sign} {#bound} %, over {#sessions} session(s)',
    '最大產業 {name} 於 {session} 占投資組合 {share} %，{sign} {bound} %（共 {sessions} 個交易日）',
  ],
  ['no trade was wanted', '沒有欲進行的交易'],
  [
    '{#share} % of {#wanted} wanted trade(s) could not be made ({?cause}), {?sign} {#bound} %',
    '欲交易 {wanted} 筆中有 {share} % 無法成交（{cause}），{sign} {bound} %',
  ],
  [
    'no bar with volume, locked at a price limit, or banned from short sale',
    '當日無成交量、漲跌停鎖死，或禁止放空',
  ],
  ['capacity was not measured', '未量測容量'],
  ['nothing was traded', '沒有任何交易'],
  ['the market data gives no traded value of any name that was traded', '市場資料中沒有任何交易標的的成交值'],
  [
    'with {$capital} in the book 95 % of the money traded stays within {#share} % of what a name ordinarily trades, {?sign} {#bound} %',
    '以 {capital} 的投資組合計，95 % 的交易金額不超過該標的日均成交值的 {share} %，{sign} {bound} %',
  ],
  ['the largest trade is {#share} % ({name} on {session})', '最大一筆交易占 {share} %（{name}，{session}）'],
  ['least fees cost {#cost} % a year', '最低手續費每年耗去 {cost} %'],
  ['impact eats the return at {$capital}', '規模達 {capital} 時，市場衝擊將吃掉報酬'],
  ['after least fees and impact it loses {#loss} % a year', '扣除最低手續費與市場衝擊後，每年虧損 {loss} %'],
  ['least fees and impact leave {#left} % a year', '扣除最低手續費與市場衝擊後，每年剩 {left} %'],
  [
    '{#share} % of the money traded is in names without a known traded value',
    '交易金額有 {share} % 屬於成交值不明的標的',
  ],

  // Skill.
  [
    'mean daily rank IC {#mean}, lower 95 % bound {#lower} {?sign} {#bound} over {#sessions} session(s) (HAC lag {#lag})',
    '{sessions} 個交易日的每日 Rank IC 平均 {mean}，95 % 下界 {lower}，{sign} {bound}（HAC 落後 {lag} 期）',
  ],
  [
    'mean daily rank IC {#mean} since {onset}, lower {#level} % bound {#lower} {?sign} {#bound} over {#sessions} session(s) (HAC lag {#lag})',
    '自 {onset} 起 {sessions} 個交易日的每日 Rank IC 平均 {mean}，{level} % 下界 {lower}，{sign} {bound}（HAC 落後 {lag} 期）',
  ],
  [
    'the alarm that started this retrain left no record of when the decay began',
    '觸發此次重新訓練的警報未記錄衰退開始的時間',
  ],
  [
    '{#sessions} session(s) with an out-of-sample rank IC since the decay began on {onset}, {#needed} are needed',
    '自 {onset} 開始衰退以來有樣本外 Rank IC 的交易日為 {sessions} 個，至少需要 {needed} 個',
  ],
  [
    '{#sessions} sessions with a rank IC, {#needed} are needed',
    '有 Rank IC 的交易日為 {sessions} 個，至少需要 {needed} 個',
  ],
  [
    'maximum drawdown {#own} %; reported only, no position has none to compare with',
    '最大回撤 {own} %；僅供參考，空手沒有可比較的回撤',
  ],
  [
    'maximum drawdown {#own} % {?sign} {#bound} %, that is {#other} % of {?name} plus {#tolerance} %, over {#sessions} session(s)',
    '最大回撤 {own} %，{sign} {bound} %，即{name}的 {other} % 加上 {tolerance} %（共 {sessions} 個交易日）',
  ],
  [
    '{#sessions} sessions paired with {?name}, {#needed} are needed',
    '與{name}成對的交易日為 {sessions} 個，至少需要 {needed} 個',
  ],
  [
    "{#sessions} paired sessions after the champion's last label and embargo, {#needed} are needed",
    '現行版本最後一個標籤與隔離期之後的成對交易日為 {sessions} 個，至少需要 {needed} 個',
  ],
  [
    'the champion was not scored on sessions after its last label and embargo',
    '現行版本未在其最後一個標籤與隔離期之後的交易日評分',
  ],
  [
    'annualised Sharpe {#own} against {#other} of the champion: lower {#level} % bound of the difference {#lower} {?sign} {#bound} over {#sessions} session(s)',
    '年化夏普比率 {own}，現行版本為 {other}：差異的 {level} % 下界 {lower}，{sign} {bound}（共 {sessions} 個交易日）',
  ],
  ['the upper bound is {#upper}, so these sessions cannot tell', '上界為 {upper}，因此這些交易日無法判定'],

  // Superiority.
  [
    'none of {#recipes} recipe(s) beats {?against} on average, so SPA p is 1',
    '{recipes} 組模型設定的平均皆未勝過{against}，因此 SPA 的 p 值為 1',
  ],
  [
    'SPA p {#p} ({#low} to {#high}) against {#level}: the best of {#recipes} recipe(s) against {?against}, {#replicates} replicates, mean block {#block} sessions',
    'SPA 的 p 值 {p}（{low} 至 {high}），水準 {level} 落在區間內：{recipes} 組模型設定中的最佳者對{against}，重抽樣 {replicates} 次，平均區塊 {block} 個交易日',
  ],
  [
    'SPA p {#p} ({#low} to {#high}) {?sign} {#level}: the best of {#recipes} recipe(s) against {?against}, {#replicates} replicates, mean block {#block} sessions',
    'SPA 的 p 值 {p}（{low} 至 {high}），{sign} {level}：{recipes} 組模型設定中的最佳者對{against}，重抽樣 {replicates} 次，平均區塊 {block} 個交易日',
  ],
  ['the level is that of test {#test} of the error budget', '水準取自錯誤預算的第 {test} 次檢定'],
  [
    'the level is that of {#own} of {#family} recipes at {#alpha}',
    '水準為 {family} 組模型設定共 {alpha} 中 {own} 組所占的份額',
  ],
  [
    'step-down p of the candidate itself {#p} ({#low} to {#high}) against {#level}, t {#t} against {?against}',
    '候選版本本身的逐步 p 值 {p}（{low} 至 {high}），水準 {level} 落在區間內；對{against}的 t 值 {t}',
  ],
  [
    'step-down p of the candidate itself {#p} ({#low} to {#high}) {?sign} {#level}, t {#t} against {?against}',
    '候選版本本身的逐步 p 值 {p}（{low} 至 {high}），{sign} {level}；對{against}的 t 值 {t}',
  ],
  ['undecided after the last replicate: {?why}', '重抽樣用盡後仍未定：{why}'],
  [
    'annualised Sharpe {#own} against {#other} of {?name}: {#difference} (standard error {#error}) {?sign} {#bound}, net of cost',
    '年化夏普比率 {own}，{name}為 {other}：相差 {difference}（標準誤 {error}），{sign} {bound}，已扣除成本',
  ],

  // Luck and overfitting.
  [
    '{#trials} trial(s) on the paired sessions, {#needed} are needed',
    '成對交易日上有 {trials} 次試驗，至少需要 {needed} 次',
  ],
  [
    'DSR {#dsr} {?sign} {#bound} with {#trials} trial(s) (effective {#lowest} to {#highest}): annualised Sharpe {#sharpe}, {#luck} expected of the best by luck',
    '折減後夏普比率 {dsr}，{sign} {bound}，計入 {trials} 次試驗（有效 {lowest} 至 {highest}）：年化夏普比率 {sharpe}，最佳者僅憑運氣的期望值為 {luck}',
  ],
  [
    '{#trials} trial(s) on the paired sessions, PBO needs {#needed}',
    '成對交易日上有 {trials} 次試驗，PBO 需要 {needed} 次',
  ],
  [
    'PBO {#pbo} {?sign} {#bound} over {#combinations} combination(s) of {#blocks} blocks and {#trials} trial(s), {#scored} of them out of {#ledger} ledger recipe(s)',
    '過度配適機率 {pbo}，{sign} {bound}，依 {blocks} 個區塊的 {combinations} 種組合與 {trials} 次試驗，其中 {scored} 次取自登錄的 {ledger} 組模型設定',
  ],
  [
    'PBO {#pbo} {?sign} {#bound} over {#combinations} combination(s) of {#blocks} blocks and {#trials} trial(s)',
    '過度配適機率 {pbo}，{sign} {bound}，依 {blocks} 個區塊的 {combinations} 種組合與 {trials} 次試驗',
  ],
  [
    'the chosen recipe loses money out of sample in {#share} % of them',
    '其中 {share} % 所選模型設定在樣本外虧損',
  ],
  [
    '{#missing} of {#due} ledger recipe(s) due on these dates gave no returns ({recipe}: {?why})',
    '這些日期應重算的登錄模型設定 {due} 組中有 {missing} 組沒有報酬（{recipe}：{why}）',
  ],
  ['its returns do not vary on these dates', '其報酬在這些日期沒有變動'],
  ['no result', '沒有結果'],

  // The paired returns.
  ['{#sessions} paired sessions, {#needed} are needed', '成對交易日為 {sessions} 個，至少需要 {needed} 個'],
  ['{?name} is constant ({value} throughout)', '{name} 固定不變（一律為 {value}）'],
  ['{?name} has {#length} values, {#needed} are needed', '{name} 有 {length} 個值，至少需要 {needed} 個'],
  [
    '{name} is {value}, expected an integer from {low} to {high}',
    '{name} 為 {value}，應為 {low} 至 {high} 的整數',
  ],
  [
    '{name} is {value}, expected a number from {low} to {high}',
    '{name} 為 {value}，應為 {low} 至 {high} 的數值',
  ],
  ['{?name} is {value} in row {#row}', '{name} 第 {row} 列為 {value}'],
  [
    '{a} has {#left} values, {b} has {#right}; they must be paired',
    '{a} 有 {left} 個值，{b} 有 {right} 個；兩者必須成對',
  ],
  [
    '{name} has {#rows} returns for {#expected} paired sessions',
    '{name} 有 {rows} 個報酬，成對交易日為 {expected} 個',
  ],
  ['{#names} trial names for {#columns} return columns', '試驗名稱 {names} 個，報酬欄 {columns} 個'],
  ['the candidate is column {#column} of {#columns} trials', '候選版本為 {columns} 次試驗中的第 {column} 欄'],
  [
    'a first champion is judged against no position, but the benchmark has returns',
    '首個現行版本以空手為比較基準，但基準卻有報酬',
  ],
  [
    '{what}: "{session}" in row {#row} is not a date YYYY-MM-DD',
    '{what}：第 {row} 列的「{session}」不是 YYYY-MM-DD 日期',
  ],
  [
    '{what}: {session} in row {#row} does not follow {before}',
    '{what}：第 {row} 列的 {session} 未接在 {before} 之後',
  ],
  ['the ledger counts {#one} recipes', '登錄計有 {one} 組模型設定'],
  ['the ledger counts {#one}, {#two} recipes', '登錄計有 {one}、{two} 組模型設定'],
  ['the ledger counts {#one}, {#two}, {#three} recipes', '登錄計有 {one}、{two}、{three} 組模型設定'],
  [
    'columns {columns} of {#all} cannot be recipes of the ledger',
    '{all} 欄中的第 {columns} 欄不可能是登錄的模型設定',
  ],
  [
    '{#drawn} trials of this retrain, the ledger counts {#recipes} recipes',
    '此次重新訓練有 {drawn} 次試驗，登錄計有 {recipes} 組模型設定',
  ],
  ['{#named} recipes are named, {#ever} were ever tried', '列出 {named} 組模型設定，歷來試過 {ever} 組'],
  [
    '{#accounted} of {#due} recipes of the ledger that are due are on the table ({#scorable} can be scored on these dates)',
    '應計入的登錄模型設定 {due} 組中有 {accounted} 組（這些日期可評分者 {scorable} 組）',
  ],

  // Validation of the snapshot.
  ['columns, order and hash are those of the manifest', '欄位、順序與雜湊值皆與清單相符'],
  ['the rows do not hash to the manifest', '資料列的雜湊值與清單不符'],
  ['the feature code is not that of the manifest', '特徵程式碼與清單不符'],
  ['other feature names', '特徵名稱不同'],
  ['an infinite value in {feature} of row {#row}', '第 {row} 列的 {feature} 為無限值'],
  ['row {#row} is out of order or double', '第 {row} 列順序錯誤或重複'],
  ['{#rows} rows have a label, the newest on {session}', '有標籤的資料 {rows} 列，最新為 {session}'],
  [
    'the newest rows are of {session}, {#missing} decided sessions and {#days} days before the as-of instant',
    '最新資料為 {session}，距截點 {missing} 個已決定的交易日、{days} 天',
  ],
  [
    'all {#rows} rows rebuilt from truncated data, {#strict} of them from what was known at their own decision ({#telling} of {#sessions} sessions before a change of the past): none leaks',
    '{rows} 列全部以截短資料重建，其中 {strict} 列僅用其決策當時已知的資料（{sessions} 個後來修訂過去的交易日中的 {telling} 個）：無洩漏',
  ],
  [
    'all {#rows} rows rebuilt from truncated data, {#strict} of them from what was known at their own decision ({#telling} of {#sessions} sessions before a change of the past): {column} of {symbol} on {session} leaks',
    '{rows} 列全部以截短資料重建，其中 {strict} 列僅用其決策當時已知的資料（{sessions} 個後來修訂過去的交易日中的 {telling} 個）：{symbol} 於 {session} 的 {column} 洩漏',
  ],
  ['first: {kind} {column} of {symbol} on {session}', '首例：{symbol} 於 {session} 的 {kind} {column}'],

  // Not asked.
  ['switched off by the spec (gates.modes)', '規格已關閉（gates.modes）'],
  ['asked of a retrain that a decay alarm started', '僅用於衰退警報觸發的重新訓練'],
  [
    'asked of a refresh of the champion only; this recipe must be better',
    '僅用於更新現行模型設定；此模型設定必須較優',
  ],
  [
    "a refresh has the champion's own recipe and inherits what that has shown",
    '更新沿用現行模型設定，並承繼其已證明的結果',
  ],

  // Figures that were not drawn.
  ['a first champion is held against no position', '首個現行版本以空手為比較基準'],
  ['a refresh inherits what its recipe has shown', '更新承繼其模型設定已證明的結果'],
  ['no session has a rank IC', '沒有任何交易日有 Rank IC'],
  ['it was not measured', '未量測'],
  [
    'no sector has five names with known returns on a session',
    '沒有任何產業在同一交易日有五檔已知報酬的標的',
  ],
  ['no session has enough names with known returns', '沒有任何交易日有足夠的已知報酬標的'],
  ["the candidate's trades were not measured", '未量測候選版本的交易'],
  ['The release that judged did not draw it.', '評審時的版本未繪製此圖。'],

  // The half-life of the rank IC.
  ['any half-life from {#low} to {#high} sessions fits', '{low} 至 {high} 個交易日的任何半衰期皆符合'],
  ['{#horizons} horizons have an interval; three are needed', '有區間的持有期為 {horizons} 個，至少需要三個'],
  ['no skill at any horizon that chance does not explain', '任何持有期的預測能力都可由運氣解釋'],
];
