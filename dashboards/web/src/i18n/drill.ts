/** Texts about rehearsals of the way back, in both languages; `en.ts` and `zh-tw.ts` take them in. */
export const drillEn = {
  'drill.title': 'Last drill of the way back',
  'drill.never': 'never; nobody has tried whether the servers could go back',
  'drill.nothing': 'never; there was no version to go back to yet',
  'drill.passed':
    '{span} ago, version {version}: every server of {servers} loaded it anew and answered as recorded, the slowest in {ms} ms',
  'drill.failed': '{span} ago, version {version}: failed on {servers}',
  'drill.overdue': 'overdue: none has passed for more than {days} days',
  'drill.runs': 'drill {id} runs now',
} as const;

export const drillZhTw: Readonly<Record<keyof typeof drillEn, string>> = {
  'drill.title': '上次回復演練',
  'drill.never': '從未演練；無人試過伺服器能否回復',
  'drill.nothing': '從未演練；尚無可回復的版本',
  'drill.passed': '{span}前，第 {version} 版：{servers} 台伺服器全數重新載入並與紀錄一致，最慢 {ms} 毫秒',
  'drill.failed': '{span}前，第 {version} 版：{servers} 未通過',
  'drill.overdue': '逾期：已超過 {days} 天沒有通過的演練',
  'drill.runs': '演練 {id} 進行中',
};
