/** Texts about rehearsals of the way back, in both languages; `en.ts` and `zh-tw.ts` take them in. */
export const drillEn = {
  'drill.title': 'Last drill of the way back',
  'drill.never': 'never; nobody has tried whether the servers could go back',
  'drill.nothing': 'not yet; before a second champion there is no version to go back to',
  'drill.after-swap':
    'none yet: until now there was no earlier version to go back to; this swap makes version {version} the one',
  'drill.passed':
    '{span} ago, version {version}: every server of {servers} loaded it anew and answered as recorded, the slowest in {ms} ms',
  'drill.failed': '{span} ago, version {version}: failed on {servers}',
  'drill.overdue': 'overdue: none has passed for more than {days} days',
  'drill.runs': 'drill {id} runs now',
  'drill.card': 'Rehearse the way back',
  'drill.what':
    'Every server loads version {version}, to which a rollback would go now, beside what answers, has it answer its recorded rows, and lets it go. Champion, epoch and answers stay as they are.',
  'drill.nowhere': 'There is no version to go back to yet, so nothing to rehearse.',
  'drill.reason': 'Why it is rehearsed now; becomes part of the audit',
  'drill.do': 'Rehearse the way back',
  'drill.locked': 'Drill {id}, asked for by {who}, runs; one runs at a time.',
  'drill.begun': 'Drill {id} has begun; what the servers report stands below.',
  'drill.over': 'Drill {id} has ended; what the servers reported stands below.',
  'drill.now.open':
    'Drill {id} to version {version}, asked for by {who}: {reported} of {servers} servers have reported',
  'drill.now.stuck':
    'Drill {id}, asked for by {who}, was not ended in time: nobody leads it any more. Another one may be asked for.',
  'drill.now.passed': 'Drill {id} passed: all {servers} servers could go back to version {version}',
  'drill.now.failed': 'Drill {id} failed: a rollback to version {version} would not come right on {servers}',
  'drill.now.yielded': 'Drill {id} gave way and says nothing about the way back',
  'drill.now.skipped': 'Drill {id} was left out',
  'drill.now.abandoned': 'Drill {id} was never ended',
  'drill.server.waiting': 'has not reported yet',
  'drill.server.passed':
    'loaded anew in {load} ms, answered {rows} recorded rows as recorded in {check} ms; {warm}',
  'drill.server.warm': 'kept in memory as well',
  'drill.server.cold': 'not kept in memory',
} as const;

export const drillZhTw: Readonly<Record<keyof typeof drillEn, string>> = {
  'drill.title': '上次回復演練',
  'drill.never': '從未演練；無人試過伺服器能否回復',
  'drill.nothing': '從未演練；尚無可回復的版本',
  'drill.after-swap': '從未演練：在此之前沒有更早的版本；此次換版後即可回復至第 {version} 版',
  'drill.passed': '{span}前，第 {version} 版：{servers} 台伺服器全數重新載入並與紀錄一致，最慢 {ms} 毫秒',
  'drill.failed': '{span}前，第 {version} 版：{servers} 未通過',
  'drill.overdue': '逾期：已超過 {days} 天沒有通過的演練',
  'drill.runs': '演練 {id} 進行中',
  'drill.card': '回復演練',
  'drill.what':
    '每台伺服器在照常提供評分之外，另行載入第 {version} 版（目前回復時會換上的版本），重新回答封存時的紀錄列後即釋放。現行版本、換版序號與回應都不變。',
  'drill.nowhere': '尚無可回復的版本，因此無從演練。',
  'drill.reason': '為何現在演練；將列入稽核',
  'drill.do': '開始回復演練',
  'drill.locked': '{who} 發起的演練 {id} 進行中；一次只進行一個。',
  'drill.begun': '演練 {id} 已開始；伺服器的回報列於下方。',
  'drill.over': '演練 {id} 已結束；伺服器的回報列於下方。',
  'drill.now.open': '{who} 發起的演練 {id}（第 {version} 版）：{servers} 台伺服器中已有 {reported} 台回報',
  'drill.now.stuck': '{who} 發起的演練 {id} 未在時限內結束，已無人主持；可以另起一次。',
  'drill.now.passed': '演練 {id} 通過：{servers} 台伺服器全數能回復到第 {version} 版',
  'drill.now.failed': '演練 {id} 未通過：在 {servers} 上無法正確回復到第 {version} 版',
  'drill.now.yielded': '演練 {id} 已讓位，對能否回復不作結論',
  'drill.now.skipped': '演練 {id} 已略過',
  'drill.now.abandoned': '演練 {id} 從未結束',
  'drill.server.waiting': '尚未回報',
  'drill.server.passed': '重新載入 {load} 毫秒，{rows} 列紀錄的回答與紀錄一致，歷時 {check} 毫秒；{warm}',
  'drill.server.warm': '同時保留在記憶體中',
  'drill.server.cold': '未保留在記憶體中',
};
