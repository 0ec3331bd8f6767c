import type { Phrase } from './phrase.ts';

/** What came of a button under a message in Slack (api/slack/). */
export const SLACK_PHRASES: readonly Phrase[] = [
  ['Not signed', '未簽核'],
  ['Not recorded', '未列入紀錄'],
  ['Nothing is known of it: open the page.', '結果不明：請開啟核准頁面查看。'],
  [
    'Nothing was signed. Write a reason above the buttons first: {?fault}.',
    '尚未簽核。請先在按鈕上方填寫理由：{fault}。',
  ],
  [
    'Nothing was recorded. Write a reason above the buttons first: {?fault}.',
    '尚未記錄。請先在按鈕上方填寫理由：{fault}。',
  ],
  ['{subject} looks after them (alerts {alerts}).', '由 {subject} 處理（警示 {alerts}）。'],
  [
    '{subject} looks after alerts {alerts}; {others} acknowledged the others before.',
    '由 {subject} 處理警示 {alerts}；其餘先前已由 {others} 確認。',
  ],
  ['{others} had acknowledged them before.', '先前已由 {others} 確認。'],
  ['{subject} may not acknowledge alert {#alert}', '{subject} 不得確認警示 {alert}'],
  [
    'Ask an admin to add the account to slackPeople with the role quant-lead, operator or admin on its model',
    '請管理員將此帳號加入 `slackPeople`，並給予其模型的 `quant-lead`、`operator` 或 `admin` 角色',
  ],
  ['{subject} rejected {hash}.', '{subject} 已駁回 {hash}。'],
  [
    '{subject} signed {hash}: {#given} of {#needed} signatures.',
    '{subject} 已簽核 {hash}：{given} / {needed} 位。',
  ],
  [
    '{subject} objects (objection {#objection}): the swap is held.',
    '{subject} 提出異議（編號 {objection}）：暫停換版。',
  ],
  [
    '{subject} objects (objection {#objection}): epoch {#epoch} goes on answering.',
    '{subject} 提出異議（編號 {objection}）：換版序號 {epoch} 繼續提供評分。',
  ],
  [
    'The message above could not be changed: its buttons sign nothing twice.',
    '上方訊息無法更新；再按其按鈕不會重複簽核。',
  ],
  [
    '{subject} waived {gate}: {#given} of {#needed} people.',
    '{subject} 已豁免 {gate}：{given} / {needed} 人。',
  ],
  [
    '{subject} waived {gate}: nothing is missing, the retrain goes on.',
    '{subject} 已豁免 {gate}：已無欠缺，重新訓練繼續進行。',
  ],
  ['{subject} refused to waive: the retrain ends.', '{subject} 拒絕豁免：重新訓練結束。'],
  ['Slack account {account} is nobody here', '此系統中沒有 Slack 帳號 {account}'],
  ['{subject} is no quant lead of {model}', '{subject} 不是 {model} 的量化主管'],
  [
    'Ask an admin to add the account to slackPeople with the role quant-lead',
    '請管理員將此帳號加入 `slackPeople`，並給予 quant-lead 角色',
  ],
  ['it is no reason', '這不是理由'],
];
