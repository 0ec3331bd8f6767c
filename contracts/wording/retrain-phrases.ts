import { GATE_NAMES_ZH, STEP_NAMES } from './gate-names.ts';
import type { Phrase } from './phrase.ts';

const beginning = (names: Readonly<Record<string, string>>): readonly Phrase[] =>
  Object.entries(names).map(([name, chinese]): Phrase => [`${name}: {?why}`, `${chinese}：{why}`]);

/** What a retrain says of itself: how it ended, what it waits for, what came of its steps (workflows/, activities/). */
export const RETRAIN_PHRASES: readonly Phrase[] = [
  [
    'history is played again as of {at}, not today; the deadline alone is in real time',
    '重播截至 {at} 的歷史，並非現在；只有期限依實際時間',
  ],
  // How it ended.
  [
    'version {#version} is champion, epoch {#epoch}, acknowledged by every server',
    '第 {version} 版成為現行版本，換版序號 {epoch}，所有伺服器皆已確認',
  ],
  [
    'version {#version} is champion, epoch {#epoch}, swap partial',
    '第 {version} 版成為現行版本，換版序號 {epoch}，僅部分伺服器換版',
  ],
  ['promotion of {retrain}', '{retrain} 的升版'],
  ['probation of {retrain}', '{retrain} 的試用'],
  ['gates waived: {gates}', '已豁免的關卡：{gates}'],
  ['the spec stops after the gates', '依規格於關卡判定後停止'],
  ['shadow fail: {?why}', '平行測試不通過：{why}'],
  ['shadow inconclusive: {?why}', '平行測試證據不足：{why}'],
  ['shadow error: {?why}', '平行測試錯誤：{why}'],
  ['nothing was asked', '未曾徵詢核准'],
  ['rejected by {subject}', '由 {subject} 駁回'],
  ['approval expired at {instant} with {#got} signatures', '核准於 {instant} 逾期，僅有 {got} 個簽核'],
  [
    'approval expired at {instant} with {#got} of {#needed} signatures',
    '核准於 {instant} 逾期，簽核 {got} / {needed}',
  ],
  ['objection not resolved until {instant}; {why}', '異議至 {instant} 仍未解決；{why}'],
  ['the retrain was cancelled', '此次重新訓練已取消'],
  ['no answer in time ({kind})', '未在時限內回應（{kind}）'],
  [
    'no answer in time ({kind}), limit {#seconds} s an attempt',
    '未在時限內回應（{kind}），每次嘗試上限 {seconds} 秒',
  ],
  ['superseded by {retrain}: {?why}', '由 {retrain} 取代：{why}'],
  ['nobody answered until {instant}; {?found}', '至 {instant} 無人答覆；{found}'],
  ['nobody answered in time', '無人及時答覆'],
  ['every failed gate was waived by two leads', '每一項不通過的關卡皆已由兩位量化主管豁免'],
  ['every trial failed; the first: {why}', '所有試驗皆失敗；第一個：{why}'],
  [
    'no trial of this retrain gave a result; the first: {why}',
    '此次重新訓練沒有任何試驗有結果；第一個：{why}',
  ],
  ['the trials share no session', '各試驗沒有共同的交易日'],
  [
    "the champion's recipe could not be fitted: nothing to compare with",
    '現行模型設定無法訓練：沒有比較對象',
  ],
  [
    '{#trials} trials gave returns that do not vary: their books never trade',
    '{trials} 次試驗的報酬沒有變動：其投資組合從未交易',
  ],
  [
    'the trials did not end within {#minutes} minutes (training.maxMinutes): {?noted}. Raise it, or ask for fewer trials, folds or sessions.',
    '試驗未在 {minutes} 分鐘內結束（training.maxMinutes）：{noted}。請提高上限，或減少試驗、折數或交易日。',
  ],
  ['every failed gate was waived by two people', '每一項不通過的關卡皆已由兩人豁免'],
  [
    'stopped by {subject} ({reason}) with gates in error; {?found}',
    '由 {subject} 停止（{reason}），關卡有錯誤；{found}',
  ],
  ['{subject} refused to waive ({reason}); {?found}', '{subject} 拒絕豁免（{reason}）；{found}'],
  [
    '{subject} refused as deputy to waive ({reason}); {?found}',
    '{subject} 以代理人身分拒絕豁免（{reason}）；{found}',
  ],
  ['no trial was scored', '沒有任何試驗評分'],
  ['no fold was fitted', '沒有任何一折完成訓練'],
  ['scheduled', '排程'],
  ...beginning(STEP_NAMES),
  ...beginning(GATE_NAMES_ZH),

  // What it waits for.
  ['the data worker', '資料工作程序'],
  ['the sidecar', '訓練程序'],
  ['the evaluation worker', '評估工作程序'],
  ['quant leads', '量化主管'],
  ['the swap window', '換版時段'],
  ['the backup of the champion', '現行版本的備份'],
  ['the servers', '各伺服器'],
  ['the record of its shadow', '平行測試的紀錄'],
  ['{#sessions} sessions of the market', '市場的 {sessions} 個交易日'],
  [
    'session {session} ({#number} of {#all}), decided at {instant}',
    '交易日 {session}（第 {number} / {all} 個），於 {instant} 決定',
  ],
  ['{#groups} groups of gates, side by side', '{groups} 組關卡同時評審'],
  [
    'an operator: {gates} in error; retry or stop, until {instant}',
    '維運人員：{gates} 發生錯誤；請於 {instant} 前重試或停止',
  ],
  [
    'quant leads: waive {gates}, or refuse, until {instant}; {deputy} as deputy from {from}',
    '量化主管：豁免 {gates} 或拒絕豁免，期限 {instant}；{deputy} 自 {from} 起為代理人',
  ],
  [
    'quant leads: waive {gates}, or refuse, until {instant}',
    '量化主管：豁免 {gates} 或拒絕豁免，期限 {instant}',
  ],
  [
    'quant leads: waive {gates}, or let it end at {instant}; {deputy} as deputy from {from}',
    '量化主管：豁免 {gates}，或任其於 {instant} 結束；{deputy} 自 {from} 起為代理人',
  ],
  [
    'quant leads: waive {gates}, or let it end at {instant}',
    '量化主管：豁免 {gates}，或任其於 {instant} 結束',
  ],
  [
    '{#needed} quant lead(s) to sign {hash}, until {instant}; {deputy} as deputy from {from}',
    '需 {needed} 位量化主管於 {instant} 前簽核 {hash}；{deputy} 自 {from} 起為代理人',
  ],
  [
    '{#needed} quant lead(s) to sign {hash}, until {instant}',
    '需 {needed} 位量化主管於 {instant} 前簽核 {hash}',
  ],
  [
    '{who} to withdraw the objection, or two leads to overrule it, until {instant}',
    '由 {who} 撤回異議，或由兩位量化主管駁回異議，期限 {instant}',
  ],
  [
    'the end of session {session}; only an emergency begins inside one',
    '交易日 {session} 結束；盤中僅能開始緊急重新訓練',
  ],

  // What came of a step.
  [
    'epoch {#epoch}, complete, {#servers} servers in {#ms} ms',
    '換版序號 {epoch}，{servers} 台伺服器於 {ms} 毫秒內全數確認',
  ],
  [
    'epoch {#epoch}, partial, {#servers} servers in {#ms} ms',
    '換版序號 {epoch}，{ms} 毫秒內僅 {servers} 台伺服器確認',
  ],
  [
    'decides from {session} on, whose trades are settled on {settlement}',
    '自 {session} 起決定，其交易於 {settlement} 交割',
  ],
  ['decides from {session} on', '自 {session} 起決定'],
  ['nothing was done yet', '尚未進行'],
  ['{#done} of {#due} trials over {#folds} folds', '{folds} 折，已完成 {done} / {due} 次試驗'],
  ['signed by {subjects}', '已由 {subjects} 簽核'],
  ['measured beside the champion', '與現行版本平行量測'],
  ['{subject} refused to waive', '{subject} 拒絕豁免'],
  ['every fail waived by two leads', '所有不通過皆已由兩位量化主管豁免'],
];
