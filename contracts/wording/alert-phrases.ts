import type { Phrase } from './phrase.ts';

/** What monitors measure, beside the guard's own (monitoring-phrases.ts). */
const STATISTICS: readonly Phrase[] = [
  ['sessions without a measurement', '未量測的交易日'],
  ['minutes without a measurement', '未量測的分鐘數'],
  ['challengers that could not be scored', '無法評分的挑戰者'],
  ['what keeps the guard from its work', '上線監控無法運作的原因'],
  ['an automatic rollback that failed', '自動回復失敗'],
  ['decay of the rank IC', 'Rank IC 的衰退'],
  ['a session without results', '沒有結果的交易日'],
  ['evidence for decay (logarithm)', '衰退的證據（對數）'],
  ['the data of the session', '該交易日的資料'],
  ['the scores of the session', '該交易日的分數'],
  ['sessions in a row with drifted features', '特徵連續漂移的交易日數'],
];

/** Each of them by itself, with its number, and without one. */
const measured = (statistics: readonly Phrase[]): readonly Phrase[] =>
  statistics.flatMap(([english, chinese]): readonly Phrase[] => [
    [english, chinese],
    [`${english}: {#number}`, `${chinese}：{number}`],
    [`${english}: not measured`, `${chinese}：未量測`],
  ]);

/** Alerts, in the words that their reports carry (notifications/templates, the guard and the watch of a session). */
export const ALERT_PHRASES: readonly Phrase[] = [
  // What happened.
  ['{model}: guard alarm on version {#version}', '{model}：第 {version} 版觸發上線監控警報'],
  ['{model}: decay alarm on version {#version}', '{model}：第 {version} 版觸發訊號衰退警報'],
  ['{model}: the data of {session} have a fault', '{model}：{session} 的資料有錯誤'],
  [
    '{model}: version {#version} no longer scores as it was tested',
    '{model}：第 {version} 版的評分已與測試時不同',
  ],
  [
    '{model}: features of version {#version} have drifted for days',
    '{model}：第 {version} 版的特徵已連日漂移',
  ],
  ['{model}: no results of {session}', '{model}：{session} 沒有結果'],
  ['{model}: retrain failed at step {?step} with {code}', '{model}：重新訓練於「{step}」步驟失敗（{code}）'],
  [
    '{model}: scheduled retrain of {instant} did not start within {#hours} h',
    '{model}：{instant} 的排程重新訓練未在 {hours} 小時內開始',
  ],
  [
    '{model}: scheduled retrain of {instant} did not begin, another one is open',
    '{model}：{instant} 的排程重新訓練未開始，另一個重新訓練進行中',
  ],
  ['{model}: gates could not be judged ({gates})', '{model}：部分關卡無法評審（{gates}）'],
  ['{model}: gates failed that may be waived ({gates})', '{model}：有可豁免的關卡未通過（{gates}）'],
  [
    '{model}: a quant lead objects to version {#version}, the swap is held',
    '{model}：有量化主管對第 {version} 版提出異議，暫停換版',
  ],
  [
    '{model}: a quant lead objects to version {#version}, which is champion (epoch {#epoch})',
    '{model}：有量化主管對現行的第 {version} 版（換版序號 {epoch}）提出異議',
  ],
  [
    '{model}: swap to version {#version} is partial, {#servers} server(s) did not acknowledge epoch {#epoch}',
    '{model}：第 {version} 版僅部分換版，{servers} 台伺服器未確認換版序號 {epoch}',
  ],
  [
    '{model}: no live results of session {session} by {time}',
    '{model}：至 {time} 仍沒有交易日 {session} 的實際績效',
  ],
  [
    '{model}: no predictions of session {session} by {time}',
    '{model}：至 {time} 仍沒有交易日 {session} 的預測',
  ],
  ['There are live results of session {session}', '已有交易日 {session} 的實際績效'],
  ['There are predictions of session {session}', '已有交易日 {session} 的預測'],
  ['Reported without a text', '通報未附文字'],

  [
    '{model}: the way back to version {#version} was rehearsed on every server',
    '{model}：所有伺服器已演練回復至第 {version} 版',
  ],
  [
    '{model}: the way back to version {#version} failed its drill on {servers}',
    '{model}：回復至第 {version} 版的演練在 {servers} 未通過',
  ],
  [
    '{model}: no drill of the way back has passed for more than {#days} days',
    '{model}：已超過 {days} 天沒有通過的回復演練',
  ],
  ['{model}: a drill of the way back has passed', '{model}：回復演練已通過'],

  // What is wanted from whom.
  [
    'The champion goes on answering. The operator on call must find out why today: a rollback would not reach these servers.',
    '現行版本仍繼續提供評分。請值班維運人員於今天查明原因：回復將無法到達這些伺服器。',
  ],
  [
    'No drill has ever passed; there is a way back since {instant}. Hold one, or find out why the schedule does not.',
    '從未有演練通過；自 {instant} 起已有可回復的版本。請進行演練，或查明排程為何未執行。',
  ],
  [
    'The last one that passed ended at {instant}. Hold one, or find out why the schedule does not.',
    '上次通過的演練於 {instant} 結束。請進行演練，或查明排程為何未執行。',
  ],
  ['A quant lead must look at the champion today', '量化主管今天必須檢視現行版本'],
  ['Already started: {?action}', '已自動採取：{action}'],
  [
    'Whoever looks after the data must mend them today: the champion scores what it gets',
    '資料負責人今天必須修復：現行版本依收到的資料評分',
  ],
  [
    'The engineer on call must find out why today; rolling back may be needed meanwhile',
    '值班工程師今天必須查明原因；其間可能需要回復前版',
  ],
  ['A quant lead should look at the features this week', '請量化主管於本週檢視各特徵'],
  [
    'The operator on call should look at the compute worker and the market data',
    '請值班維運人員檢查運算程序與市場資料',
  ],
  [
    'The engineer on call must repair the cause and start the retrain again',
    '值班工程師須修復原因並重新開始訓練',
  ],
  ['The champion is untouched', '現行版本未受影響'],
  [
    'A quant lead decides: run it now with the same as-of, or let it go until the next one',
    '請量化主管決定：以相同截點立即執行，或等待下一次',
  ],
  [
    'A quant lead decides: run it with the same as-of once the open one has ended, or let it go until the next one',
    '請量化主管決定：待進行中的結束後以相同截點執行，或等待下一次',
  ],
  [
    'An operator must repair the cause and run the gates again, or end the retrain, before {instant}; after that it ends as failed',
    '維運人員須於 {instant} 前修復原因並重新評審，或結束此次重新訓練；逾期即以失敗結束',
  ],
  ['Nothing is decided about the candidate', '尚未對候選版本作出任何決定'],
  [
    'Nothing has to be done: at {instant} the retrain ends as refused',
    '不需處理：{instant} 時此次重新訓練將以未通過結束',
  ],
  ['Two quant leads may waive each of them, with a reason', '兩位量化主管可附理由逐項豁免'],
  [
    'Two quant leads may waive each of them, with a reason; one who refuses ends it at once',
    '兩位量化主管可附理由逐項豁免；其中一位拒絕即立刻結束',
  ],
  [
    'The champion goes on answering. A quant lead or operator decides now: take it back, or have two other quant leads overrule the objection.',
    '現行版本仍繼續提供評分。請量化主管或維運人員立即決定：撤回該版本，或由另兩位量化主管駁回異議。',
  ],
  [
    'Nothing is swapped until whoever objected withdraws it, or two other quant leads overrule it; when the approval expires first, the retrain ends without promotion.',
    '異議人撤回，或另兩位量化主管駁回異議之前不會換版；若核准先逾期，重新訓練即結束而不升版。',
  ],
  [
    'The operator on call must bring the missing servers back or drain them',
    '值班維運人員必須讓缺漏的伺服器恢復，或停止對其派送請求',
  ],
  ['They keep answering with their last acknowledged champion', '它們仍以最後確認的現行版本提供評分'],
  ['They stop answering once their staleness limit is reached', '到達時限後它們將停止提供評分'],
  [
    'The operator on call must find out why nothing was scored: the worker, the market data, or the registry',
    '值班維運人員必須查明為何沒有評分：工作程序、市場資料或登錄庫',
  ],
  ['Until then nobody knows how the champion does', '在此之前無人知道現行版本的表現'],
  [
    'The guard cannot measure the champion. It holds: a source that is away says nothing about the model.',
    '上線監控無法量測現行版本，因此維持現狀：來源中斷不代表模型有問題。',
  ],
  [
    'The guard cannot measure the champion. It holds and tries again: a source that is away says nothing about the model.',
    '上線監控無法量測現行版本，因此維持現狀並再試：來源中斷不代表模型有問題。',
  ],
  ['The results of {session} could not be made: {?why}', '無法產生 {session} 的結果：{why}'],
  ['Reason: {?why}', '原因：{why}'],
  ['What went wrong: {?why}', '錯誤內容：{why}'],
  ['What to do: {?what}', '處理方式：{what}'],
  ['Why: {?why}', '原因：{why}'],

  // What was started already.
  ['none', '無'],
  ['none: the rollback was refused', '無：回復遭拒'],
  ['none: autoRollback is off; a rollback is asked for', '無：未啟用自動回復（autoRollback），請人員回復'],
  [
    'none; the guarded sessions are over, or there is nothing to go back to',
    '無；上線監控期間已結束，或沒有可回復的版本',
  ],
  [
    'none: the guard holds; look at the reason, then roll back, freeze or tell consumers yourself',
    '無：上線監控維持現狀；請檢視原因，再自行回復、凍結或通知使用端',
  ],
  ['none; look at the compute worker and the market data', '無；請檢查運算程序與市場資料'],
  [
    'none; the champion is not touched, the session is missing from their shadows',
    '無；現行版本未受影響，其平行測試缺少該交易日',
  ],
  [
    'none: the champion answers and nobody watches it; the guard looks again every 15 minutes',
    '無：現行版本仍在提供評分但無人監看；上線監控每 15 分鐘再試一次',
  ],
  [
    'an emergency retrain was started; it skips no gate and no approval',
    '已開始緊急重新訓練；不略過任何關卡與核准',
  ],
  ['a retrain was started; it skips no gate and no approval', '已開始重新訓練；不略過任何關卡與核准'],
  [
    'none: no retrain is started; mend the data or the software, then look again',
    '無：未開始重新訓練；請先修復資料或軟體再檢視',
  ],
  ['none: the last emergency retrain is too recent', '無：距上次緊急重新訓練太近'],
  ['none: the alarm stands', '無：警報持續中'],
  [
    'none: a retrain costs more than it is expected to save; start one yourself if you know better',
    '無：重新訓練的成本高於預期可省的損失；如另有判斷請自行開始',
  ],
  ['the alarm is released', '警報已解除'],
  ['the alert is ended', '警示已結束'],
  [
    'none: the decayed champion still answers; roll back or tell consumers yourself',
    '無：衰退的現行版本仍在提供評分；請自行回復或通知使用端',
  ],
  [
    'none: the session says nothing about the model; look at the compute worker and the market data',
    '無：該交易日不代表模型有問題；請檢查運算程序與市場資料',
  ],

  // Facts beside them.
  ['Expected by', '應於此時之前'],
  ['Dead-man switch', '失聯監測'],
  ['See what runs', '查看目前運作的部分'],
  ['See where the model stands', '查看模型狀態'],
  ['version {#version} ({id})', '第 {version} 版（{id}）'],
  ['not known', '未知'],
  ['none: paused or removed', '無：已暫停或移除'],
  ['{#ms} ms', '{ms} 毫秒'],
  ['{#seconds} s', '{seconds} 秒'],
  ['{#minutes} min {#seconds} s', '{minutes} 分 {seconds} 秒'],
  ['{#given} of {#all}', '{given} / {all}'],
  ['{day} {hour} UTC (after session {session})', '{day} {hour} UTC（交易日 {session} 之後）'],
  ['{subject}, from {day} {hour} UTC', '{subject}，自 {day} {hour} UTC 起'],
  ['Gate {gate} waived by {subject}', '{subject} 豁免關卡 {gate}'],
  ['Waive {gate}', '豁免 {gate}'],
  ['Refuse to waive', '拒絕豁免'],

  ...measured(STATISTICS),
  ['Mean rank IC of {#sessions} sessions', '{sessions} 個交易日平均 Rank IC'],
];
