/** Texts of the page of one alert, in both languages; `en.ts` and `zh-tw.ts` take them in. */
export const alertEn = {
  'alert.title': 'Alert {id}',
  'alert.over': 'This alert is over since {at}: nothing has to be done.',
  'alert.over.silent': 'Nobody has reported this any more; it is over since {at}.',
  'alert.started': 'Since',
  'alert.last': 'Last reported',
  'alert.reports': 'Reports',
  'alert.told': 'First told',
  'alert.suppressed': 'Held back by',
  'alert.judgement': 'Judged',
  'alert.labels': 'Labels',
  'alert.runbook': 'Runbook',
  'alert.runbook.none': 'Nobody has written a runbook for {rule}.',
  'alert.unknown': 'There is no such alert, or none that you may look at.',
  'alert.all': 'All alerts',
} as const;

export const alertZh = {
  'alert.title': '警示 {id}',
  'alert.over': '本警示已於 {at} 解除，不需處理。',
  'alert.over.silent': '已無人再回報，本警示於 {at} 視為解除。',
  'alert.started': '開始於',
  'alert.last': '最近回報',
  'alert.reports': '回報次數',
  'alert.told': '首次通知',
  'alert.suppressed': '暫不通知的原因',
  'alert.judgement': '判定',
  'alert.labels': '標籤',
  'alert.runbook': '處理手冊',
  'alert.runbook.none': '尚無人為 {rule} 撰寫處理手冊。',
  'alert.unknown': '沒有此警示，或您無權檢視。',
  'alert.all': '所有警示',
} as const;
