import type { Phrase } from './phrase.ts';

/** Failures and refusals whose sentence people meet often. The others: refusal-phrases.ts, request-phrases.ts, state-phrases.ts. */
export const FAILURE_PHRASES: readonly Phrase[] = [
  ['there is no retrain {retrain}', '沒有重新訓練 {retrain}'],
  ['{retrain} ended as {?status}', '{retrain} 已結束：{status}'],
  ['{retrain} of {model} is open, at step {?step}', '{model} 的 {retrain} 進行中，位於「{step}」步驟'],
  ['{model} has no champion', '{model} 沒有現行版本'],
  ['{model} has no champion yet', '{model} 尚無現行版本'],
  ['{model} has no previous champion to go back to', '{model} 沒有可回復的前一版本'],
  ['epoch {#epoch} of {model} is not in force', '{model} 目前的換版序號並非 {epoch}'],
  ['version {#version} is the champion of {model}', '第 {version} 版已是 {model} 的現行版本'],
  ['{retrain} awaits no approval', '{retrain} 沒有待核准事項'],
  [
    '{subject} requested this retrain or wrote its spec; another lead must decide',
    '此次重新訓練由 {subject} 提出，或其規格由其撰寫；必須由另一位量化主管決定',
  ],
  ['the decision evidence is {ours}, not {theirs}', '待簽核的證據為 {ours}，不是 {theirs}'],
  ['the approval expired at {instant}', '核准已於 {instant} 逾期'],
  ['{subject} is not a quant lead', '{subject} 不是量化主管'],
  ['{subject} may decide as deputy from {from} on', '{subject} 自 {from} 起得以代理人身分決定'],
  ['{retrain} does not wait for an operator', '{retrain} 並未等候維運人員'],
  ['{subject} is not an operator', '{subject} 不是維運人員'],
  ['round {#round} of the gates was answered', '第 {round} 輪關卡已有答覆'],
  [
    '{gate} is waived by nobody: repair the cause and retrain',
    '{gate} 任何人皆不得豁免：請修復原因並重新訓練',
  ],
  ['{retrain} waits for no waiver', '{retrain} 並未等候豁免'],
  [
    '{retrain} began under a release in which nobody refuses; unwaived it ends when its time is over',
    '{retrain} 始於尚無拒絕豁免的版本；若不豁免，期限到時即結束',
  ],
  ['{gate} did not fail; open: {gates}', '{gate} 並未不通過；待豁免者：{gates}'],
  ['the gate evidence is {ours}, not {theirs}', '關卡證據為 {ours}，不是 {theirs}'],
  ['there is no alert {#alert}', '沒有警示 {alert}'],
  [
    'version {#version} of {model} was made before plots were drawn',
    '{model} 的第 {version} 版產生時尚未繪製圖表',
  ],
  ['{retrain} has no page of plots', '{retrain} 沒有圖表'],
];
