import type { Phrase } from './phrase.ts';

/** Titles, axes, legends and descriptions of the figures (gates/plots). */
export const FIGURE_PHRASES: readonly Phrase[] = [
  // Equity and difference.
  ['Equity out of sample, net of cost', '樣本外淨值（扣除成本）'],
  [
    'One unit in the candidate grew to {#own} from {first} to {last}, in {?name} to {#other}. The band holds 90 % of resampled histories of the candidate.',
    '自 {first} 至 {last}，投入候選版本的一單位成長為 {own}，投入{name}則為 {other}。區間涵蓋候選版本 90 % 的重抽樣路徑。',
  ],
  [
    'One unit in the candidate grew to {#own} from {first} to {last}. The band holds 90 % of resampled histories of the candidate.',
    '自 {first} 至 {last}，投入候選版本的一單位成長為 {own}。區間涵蓋候選版本 90 % 的重抽樣路徑。',
  ],
  ['session', '交易日'],
  ['growth of one unit', '一單位資金的成長'],
  ['candidate', '候選版本'],
  ['90 % of resampled histories', '90 % 的重抽樣路徑'],
  ['90 % of resampled histories, mean block {#block}', '90 % 的重抽樣路徑，平均區塊 {block}'],
  ['Candidate less benchmark, out of sample, net of cost', '候選版本減基準，樣本外，扣除成本'],
  ['Candidate less benchmark', '候選版本減基準'],
  [
    'Over {#sessions} paired sessions the candidate earned {#more} % of the book more than {?name}; 90 % of resampled histories end between {#low} % and {#high} %.',
    '在 {sessions} 個成對交易日，候選版本比{name}多賺投資組合的 {more} %；90 % 的重抽樣路徑終點介於 {low} % 與 {high} % 之間。',
  ],
  ['summed difference of daily returns', '每日報酬差異的累計'],
  ['candidate less {?name}', '候選版本減{name}'],

  // Luck.
  [
    'SPA: what luck alone reaches, and what the best recipe reached',
    'SPA 檢定：純運氣所能達到的，與最佳模型設定所達到的',
  ],
  ['SPA bootstrap distribution', 'SPA 重抽樣分布'],
  [
    'Distribution of the bootstrap maximum over {#replicates} replicates. The statistic {#statistic} has a p of {#p}; the level is {#level}.',
    '重抽樣 {replicates} 次的最大值分布。統計量 {statistic} 的 p 值為 {p}；顯著水準為 {level}。',
  ],
  ['largest studentised mean difference over all recipes', '所有模型設定中最大的標準化平均差異'],
  ['share of replicates', '重抽樣次數占比'],
  ['below the statistic', '低於統計量'],
  ['at or above it: p {#p}', '達到或超過：p 值 {p}'],
  ['statistic {#statistic}', '統計量 {statistic}'],
  ['95 % of luck {#bound}', '運氣的 95 %：{bound}'],
  ['PBO: where the winner of one half ranks in the other', '過度配適機率：一半的優勝者在另一半的名次'],
  ['PBO logits', '過度配適機率的 logit 值'],
  [
    'Logits of the out-of-sample rank over {#combinations} combinations. PBO is {#pbo}, the bound {#bound}.',
    '{combinations} 種組合的樣本外名次的 logit 值。過度配適機率為 {pbo}，門檻 {bound}。',
  ],
  ['logit of the relative rank out of sample; 0 is the median', '樣本外相對名次的 logit 值；0 為中位數'],
  ['share of combinations', '組合占比'],
  ['above the median', '高於中位數'],
  ['at or below it: PBO {#pbo}, bound {#bound}', '等於或低於：過度配適機率 {pbo}，門檻 {bound}'],
  ['median', '中位數'],
  ['Deflated Sharpe ratio against the number of trials', '折減後夏普比率與試驗次數'],
  ['Deflated Sharpe ratio', '折減後夏普比率'],
  [
    'With the {#counted} trials counted the ratio is {#judged}; at the lowest effective number {#lowest} it would be {#kinder}. The bound is {#bound}.',
    '計入 {counted} 次試驗時比率為 {judged}；以最低的有效次數 {lowest} 計則為 {kinder}。門檻為 {bound}。',
  ],
  ['trials counted (logarithmic)', '計入的試驗次數（對數刻度）'],
  ['deflated Sharpe ratio', '折減後夏普比率'],
  ['bound {#bound}', '門檻 {bound}'],
  ['counted {#counted}: DSR {#dsr}', '計入 {counted} 次：{dsr}'],
  ['lowest effective {#lowest}', '最低有效次數 {lowest}'],

  // Skill.
  ['Rank IC by year', '各年 Rank IC'],
  ['Mean daily rank IC by calendar year: {*list}.', '各年每日 Rank IC 平均：{list}。'],
  ['year (sessions)', '年（交易日數）'],
  ['mean daily rank IC', '每日 Rank IC 平均'],
  ['mean, with 95 % interval', '平均與 95 % 區間'],
  ['below zero', '低於零'],
  ['Return by decile of the prediction', '各預測十分位的報酬'],
  ['Return by decile of the prediction: {*list}.', '各預測十分位的報酬：{list}。'],
  ['decile of the prediction, the lowest first', '預測的十分位，由低至高'],
  ['mean return beyond the universe', '超過整體市場的平均報酬'],
  ['Rank IC within sectors', '產業內的 Rank IC'],
  ['Rank IC within sectors: {*list}.', '產業內的 Rank IC：{list}。'],
  ['sector', '產業'],
  ['Rank IC by market regime', '各市場狀態的 Rank IC'],
  ['Rank IC by market regime: {*list}.', '各市場狀態的 Rank IC：{list}。'],
  ['regime as known at the close (sessions)', '收盤時已知的市場狀態（交易日數）'],
  ['bull {#ic}', '多頭 {ic}'],
  ['bear {#ic}', '空頭 {ic}'],
  ['high-volatility {#ic}', '高波動 {ic}'],
  ['{#share} % at {$capital}', '{capital} 時 {share} %'],
  ['bull ({#sessions})', '多頭（{sessions}）'],
  ['bear ({#sessions})', '空頭（{sessions}）'],
  ['high-volatility ({#sessions})', '高波動（{sessions}）'],
  ['Rank IC by horizon', '各持有期的 Rank IC'],
  ['Rank IC by horizon: {*list}.', '各持有期的 Rank IC：{list}。'],
  ['sessions held from the entry on', '進場後持有的交易日數'],

  // The search, size and cost.
  [
    'The search itself: recipes chosen on other sessions than they are held on',
    '搜尋過程本身：模型設定在其他交易日選出、於本交易日持有',
  ],
  ['The search itself, out of sample', '搜尋過程本身（樣本外）'],
  [
    'Annualised Sharpe ratios of {#paths} paths: {#low} to {#high}. The candidate is the recipe chosen in {#share} % of {#splits} splits.',
    '{paths} 條路徑的年化夏普比率：{low} 至 {high}。候選版本在 {splits} 種切分中有 {share} % 獲選。',
  ],
  [
    'Annualised Sharpe ratios of {#paths} paths: none. The candidate is the recipe chosen in {#share} % of {#splits} splits.',
    '{paths} 條路徑皆無年化夏普比率。候選版本在 {splits} 種切分中有 {share} % 獲選。',
  ],
  ['candidate on all sessions', '候選版本（所有交易日）'],
  ['paths of the search, Sharpe {#low} to {#high}', '搜尋路徑，夏普比率 {low} 至 {high}'],
  ['paths of the search, Sharpe none', '搜尋路徑，無夏普比率'],
  ['Return by the size of the book', '報酬與投資組合規模'],
  [
    'Annualised net return after least fees and impact: {*list}. Impact eats the return at {$capacity}.',
    '扣除最低手續費與市場衝擊後的年化淨報酬：{list}。規模達 {capacity} 時，市場衝擊將吃掉報酬。',
  ],
  [
    'Annualised net return after least fees and impact: {*list}. No capacity is known.',
    '扣除最低手續費與市場衝擊後的年化淨報酬：{list}。容量未知。',
  ],
  ["money in the book, market's currency (logarithmic)", '投資組合金額，市場幣別（對數刻度）'],
  ['annualised return', '年化報酬'],
  ['judged: {#share} % of the market', '受評規模：占市場 {share} %'],
  ['Return by the cost of trading', '報酬與交易成本'],
  [
    'Annualised return by the cost of a round trip. Nothing is left at {#bp} bp.',
    '年化報酬與來回一次的成本。達 {bp} bp 時報酬歸零。',
  ],
  // As releases before 0.2.0 wrote it, like the one below.
  [
    'Annualised return by the cost of a round trip. Nothing is left at {#bp} bps.',
    '年化報酬與來回一次的成本。達 {bp} bp 時報酬歸零。',
  ],
  [
    'Annualised return by the cost of a round trip. Nothing is traded.',
    '年化報酬與來回一次的成本。沒有任何交易。',
  ],
  [
    'cost of a round trip, basis points of the money traded one way',
    '來回一次的成本，占單邊交易金額的 bp 數',
  ],
  ['nothing left at {#bp} bp', '{bp} bp 時歸零'],
  ['nothing left at {#bp} bps', '{bp} bp 時歸零'],

  // What a version uses.
  ['What the rank IC loses without a feature, out of sample', '少了某特徵時樣本外 Rank IC 的損失'],
  [
    'Fall of the mean rank IC of {#ic} when the feature is permuted within its sessions; {#rows} rows from {from} to {to}.',
    '在各交易日內打亂該特徵時，平均 Rank IC（{ic}）的下降；{from} 至 {to} 共 {rows} 列。',
  ],
  [
    'No session of the last test block has a rank IC: nothing could be measured.',
    '最後一個測試區段沒有任何交易日有 Rank IC：無法量測。',
  ],
  ['fall of the mean rank IC', '平均 Rank IC 的下降'],
  ['Gain of the splits on each feature', '各特徵的分割增益'],
  [
    'Share of what all splits of the served model gain on the rows it was fitted on.',
    '各特徵占上線模型在訓練資料上所有分割總增益的比例。',
  ],
  ['share of the total gain', '占總增益的比例'],
  ['Mean size of contributions to the score (SHAP)', '對分數的平均貢獻大小（SHAP）'],
  [
    'Mean absolute contribution of each feature to the score of recent rows; the sign is that of its mean.',
    '各特徵對近期資料分數的平均絕對貢獻；正負號為其平均的符號。',
  ],
  ['mean absolute contribution, in units of the score', '平均絕對貢獻，以分數為單位'],
  ['{#value} (mean {sign})', '{value}（平均 {sign}）'],
  ['The model has no split: it gives every row the same score.', '模型沒有任何分割：每一列的分數相同。'],
  ['{?axis}; {#left} smaller ones are not drawn', '{axis}；另有 {left} 個較小者未繪製'],
  ['Mean score by the value of a feature (partial dependence)', '特徵值與平均分數（部分相依）'],
  ['No feature has two different values on recent rows.', '近期資料中沒有任何特徵有兩個不同的值。'],
  ['No curve could be drawn.', '無法繪製任何曲線。'],
  ['{feature} moves the mean score by {#span}', '{feature} 使平均分數變動 {span}'],
  [
    'mean score over the value of the feature, from its 2nd to its 98th percentile on recent rows; one scale of the score',
    '近期資料中特徵值由第 2 至第 98 百分位的平均分數；各圖分數刻度相同',
  ],

  // Amounts at ticks.
  ['{$amount}', '{amount}'],
];
