import type { Phrase } from './phrase.ts';

/** Why a version or a snapshot may not be deleted. */
const KEPT: readonly Phrase[] = [
  ['it is the champion', '它是現行版本'],
  ['it is the previous champion', '它是前一版本'],
  ['it is one of the last champions', '它是最近的歷任版本之一'],
  ['a consumer has pinned it', '有使用端釘選了它'],
  ['an open retrain names it', '進行中的重新訓練引用了它'],
  ['an open retrain made it', '它由進行中的重新訓練產生'],
  ['it is in retention', '它仍在保存期內'],
  ['the audit of the last year names it', '最近一年的稽核引用了它'],
  ['a version was trained on it', '有版本以它訓練'],
  ['a retrain of the last year names it', '最近一年的重新訓練引用了它'],
  ['a version or an open retrain names it', '有版本或進行中的重新訓練引用了它'],
];

/** How retrains end. */
const ENDINGS: readonly Phrase[] = [
  ['promoted', '已升版'],
  ['refused', '未通過關卡'],
  ['rejected', '已駁回'],
  ['expired', '已逾期'],
  ['failed', '失敗'],
  ['cancelled', '已取消'],
  ['superseded', '已被取代'],
  ['judged', '已評審'],
];

/** Refusals because of how things stand: unknown, ended, full, frozen, withdrawn; what the database holds by itself. */
export const STATE_PHRASES: readonly Phrase[] = [
  ...KEPT,
  ...ENDINGS,

  // Who may.
  ['{subject} may not roll back', '{subject} 不得回復版本'],
  ['{subject} may not freeze', '{subject} 不得凍結模型'],
  ['{subject} may not unfreeze', '{subject} 不得解除凍結'],
  ['{subject} may not set the side of {model}', '{subject} 不得變更 {model} 的使用端指示'],
  ['{subject} may not acknowledge an alert', '{subject} 不得確認警示'],
  ['{subject} may not judge an alert', '{subject} 不得評斷警示'],
  ['{subject} may not silence alerts', '{subject} 不得設定靜音'],
  ['{subject} may not end a silence', '{subject} 不得結束靜音'],
  ['Use a token with one of the roles {roles}', '請使用具有下列任一角色的權杖：{roles}'],
  [
    'only a quant lead, or the deputy once asked, approves or rejects',
    '僅量化主管，或受詢後的代理人，得核准或駁回',
  ],
  [
    'only a quant lead, or the deputy once asked, waives a failed gate',
    '僅量化主管，或受詢後的代理人，得豁免不通過的關卡',
  ],
  [
    'only a quant lead, or the deputy once asked, refuses to waive',
    '僅量化主管，或受詢後的代理人，得拒絕豁免',
  ],
  ['only a quant lead objects to a promotion', '僅量化主管得對升版提出異議'],
  ['only a quant lead withdraws or overrules an objection', '僅量化主管得撤回或駁回異議'],
  ['the approver requested this retrain or wrote its spec', '簽核者即為此次重新訓練的提出者或其規格的作者'],
  ['people sign, the system does not', '簽核須由人為之，系統不得簽核'],
  ['people object, the system does not', '異議須由人提出，系統不得提出'],
  ['people resolve an objection, the system does not', '異議須由人處理，系統不得處理'],
  ['people waive, the system does not', '豁免須由人為之，系統不得豁免'],
  [
    'integrity, schema, parity and leak verdicts cannot be waived',
    '完整性、結構、一致性與資料洩漏的判定不得豁免',
  ],
  ['Repair the cause and retrain', '請修復原因後重新訓練'],

  // Decisions and their evidence.
  ['{retrain} awaits no approval, it has ended: {?outcome}', '{retrain} 沒有待核准事項，已結束：{outcome}'],
  ['{retrain} awaits no approval, it is at step {?step}', '{retrain} 沒有待核准事項，目前位於「{step}」步驟'],
  ['{hash} is not the decision evidence of {retrain}', '{hash} 不是 {retrain} 待簽核的證據'],
  ['Read the decision evidence again', '請重新閱讀待簽核的證據'],
  ['Read the decision evidence again and object to that one', '請重新閱讀待簽核的證據，再對該份提出異議'],
  ['{hash} is no gate evidence of {retrain}', '{hash} 不是 {retrain} 的關卡證據'],
  ['Take the hash from `contender show`', '請由 `contender show` 取得雜湊值'],
  [
    '{retrain} has no gate report: it did not come to the gates, or still runs',
    '{retrain} 沒有關卡報告：尚未進行到關卡，或仍在執行',
  ],
  [
    'Where it stands: npm run contender -- status {retrain}',
    '目前進度：`npm run contender -- status` {retrain}',
  ],
  ['Write the evidence again from the recorded verdicts', '請依已記錄的判定重新寫入證據'],
  [
    'no decision evidence of this retrain allows version {version} of {model}',
    '此次重新訓練沒有允許 {model} 第 {version} 版的待簽核證據',
  ],
  ['the decision evidence is for a {?admission}', '待簽核的證據屬於：{admission}'],
  ['promotion', '升版'],
  ['probation', '試用'],
  ['a leak or a broken artifact is never admitted', '資料洩漏或損壞的產物一律不得採用'],
  ['a broken schema is never admitted', '結構不符者一律不得採用'],
  [
    'the leak audit or the parity of the artifact was not passed: {*gates}',
    '資料洩漏稽核或產物一致性未通過：{gates}',
  ],
  [
    'a registered version was made by no retrain and judged by no gate',
    '登錄的版本並非由重新訓練產生，也未經關卡評審',
  ],
  ['the deputy of a decision is the one whom its spec names', '決定的代理人即其規格所指定者'],
  [
    'It is withdrawn by whoever raised it, or overruled by two: `contender objection`',
    '由提出者撤回，或由兩人駁回：`contender objection`',
  ],
  ['List them: contender objection list RETRAIN', '列出異議：`contender objection list RETRAIN`'],
  ['List them: `contender objection list RETRAIN`', '列出異議：`contender objection list RETRAIN`'],
  ['the second person is the first under another spelling', '第二位同意者與第一位為同一人（寫法不同）'],
  ['the spec changes approval.deputy without saying so', '規格變更了 approval.deputy 卻未說明'],
  ['a deputy agrees to what was proposed, while it is open', '代理人只能同意尚未結束的提案內容'],
  ['the spec loosens more than was proposed', '規格放寬的範圍超過提案'],
  [
    'Apply it with the token of another quant lead as second person',
    '請以另一位量化主管的權杖作為第二位同意者套用',
  ],

  // Retrains and workflows.
  ['There is no workflow {workflow}', '沒有工作流程 {workflow}'],
  [
    'Ids of retrains are listed by: npm run contender -- status',
    '重新訓練的識別碼：`npm run contender -- status`',
  ],
  ['{workflow} was started before', '{workflow} 先前已開始過'],
  ['Wait for it, or choose another as-of instant', '請等候其結束，或改用其他資料時點'],
  [
    'It may have ended already; see: npm run contender -- status',
    '可能已經結束；請查看：`npm run contender -- status`',
  ],
  ['{retrain} has to begin at its first step', '{retrain} 必須從第一個步驟開始'],
  ['{retrain} has opened a reign', '{retrain} 已開始一段上線期間'],
  ['{retrain} has opened no reign', '{retrain} 並未開始上線期間'],
  ['Finish the retrain with the outcome that the reigns show', '請以上線紀錄所示的結果結束此次重新訓練'],
  ['the next spec of {model} is number {#number}', '{model} 的下一份規格為第 {number} 號'],
  ['Apply its spec first: contender apply -f FILE', '請先套用其規格：`contender apply -f FILE`'],
  [
    'List the models with `contender champion`, or apply a spec first',
    '以 `contender champion` 列出模型，或先套用規格',
  ],
  [
    'Compare it with Temporal: contender restore reconcile --reason TEXT',
    '請與 Temporal 比對：`contender restore reconcile --reason TEXT`',
  ],

  // Champions, versions, reigns.
  ['List the versions with `contender versions MODEL`', '以 `contender versions MODEL` 列出版本'],
  ['{model} has no reign of epoch {#epoch}', '{model} 沒有換版序號 {epoch} 的上線期間'],
  [
    'List the reigns: contender champion {model} --history',
    '列出各次上線期間：`contender champion` {model} `--history`',
  ],
  [
    'Name an earlier champion with --to; `contender champion MODEL --history` lists them',
    '請以 `--to` 指定先前的現行版本；以 `contender champion MODEL --history` 列出',
  ],
  ['Choose one of `contender champion MODEL --history`', '請由 `contender champion MODEL --history` 中選擇'],
  ['Choose a version that is kept', '請選擇仍保留的版本'],
  ['a deleted version cannot be pinned', '已刪除的版本不得釘選'],
  ['the champion is another one', '現行版本已是另一個'],
  ['{model} begins without a champion', '{model} 一開始沒有現行版本'],
  ['the epoch of {model} goes from {#from} to {#to} only', '{model} 的換版序號只能由 {from} 進到 {to}'],
  ['the next entry of {model} is number {#number}', '{model} 的下一筆為第 {number} 號'],
  ['Read the reign in force and load its champion', '請讀取目前的上線期間並載入其現行版本'],
  ['snapshot {snapshot} stays: {?why}', '快照 {snapshot} 須保留：{why}'],
  ['there is no snapshot {snapshot}', '沒有快照 {snapshot}'],
  ['Delete the versions that name it first', '請先刪除引用它的版本'],
  [
    'Versions name theirs: contender lineage MODEL VERSION',
    '各版本的快照：`contender lineage MODEL VERSION`',
  ],
  ['artifact {hash} is not in the store', '產物庫中沒有 {hash}'],
  ['Restore it from a backup, or make it again with a retrain', '請由備份還原，或以重新訓練再次產生'],
  [
    'artifact {hash} holds {#bytes} bytes with hash {actual}; {#expected} bytes were expected',
    '產物 {hash} 有 {bytes} 位元組，雜湊值為 {actual}；應為 {expected} 位元組',
  ],
  [
    'Restore the artifact from a backup and look for a failing disk',
    '請由備份還原該產物，並檢查磁碟是否故障',
  ],

  // Challengers.
  ['{model} has two challengers beside its retrains already', '{model} 在重新訓練之外已有兩個挑戰者'],
  ['challenger {#number} of {model} has ended', '{model} 的挑戰者 {number} 已結束'],
  ['version {version} of {model} is in its shadow already', '{model} 的第 {version} 版已在平行測試中'],
  [
    'version {version} of {model} is asked for by a retrain of another model, or of another version',
    '{model} 的第 {version} 版係由其他模型或其他版本的重新訓練所要求',
  ],
  ['version {version} of {model} has no shadow that passed', '{model} 的第 {version} 版沒有通過的平行測試'],
  [
    'version {version} of {model} was held against another champion than the one in force',
    '{model} 的第 {version} 版所比較的不是目前的現行版本',
  ],
  [
    'version {version} of {model} was not passed by the gates of the retrain that made it',
    '{model} 的第 {version} 版未通過產生它的重新訓練的關卡',
  ],
  [
    'version {version} of {model} was withdrawn by a rollback after it was made',
    '{model} 的第 {version} 版在產生之後因回復而遭撤回',
  ],
  [
    'version {version} of {model} was withdrawn by a rollback and not made again since',
    '{model} 的第 {version} 版因回復而遭撤回，之後未再產生',
  ],
  ['version {version} has no shadow that passed', '第 {version} 版沒有通過的平行測試'],
  ['{model} has no champion to hold a challenger against', '{model} 沒有現行版本可與挑戰者比較'],
  [
    'End one: `contender challengers MODEL end VERSION --reason WHY`',
    '請結束其中一個：`contender challengers MODEL end VERSION --reason WHY`',
  ],
  ['It is scored already: `contender challengers MODEL`', '已在評分中：`contender challengers MODEL`'],
  ['Name the version again for another shadow', '請再次指定該版本以開始另一次平行測試'],
  [
    'Start a retrain: what it makes is judged and shadowed anew',
    '請開始重新訓練：其產物將重新評審並平行測試',
  ],
  ['Promote a first champion, or admit one on probation', '請先升版產生首個現行版本，或以試用方式採用'],

  // What the database keeps whole against whoever writes past the commands.
  ['the registry refused a row: {why}', '登錄庫拒絕一筆資料：{why}'],
  ['A defect of ours: report the constraint that is named', '這是本系統的缺陷：請回報所列的限制條件'],
  ['Write a new row that says what changed', '請新增一列說明變更'],
  ['Use the commands: they write all of it together', '請使用指令：指令會一併寫入全部內容'],
  ['Score the symbols that are left, then complete the run', '請先為其餘標的評分，再完成此次執行'],
  ['Ask for a lease of a day at most', '租約至多一日'],
  ['Judge again with the whole ledger', '請以完整的試驗紀錄重新評審'],
  [
    'Compare the chain with an exported head: `contender audit verify`',
    '請與匯出的鏈首比對：`contender audit verify`',
  ],

  // Alerts.
  ['there is no silence {#silence}', '沒有靜音 {silence}'],
  [
    'List them with: npm run contender -- alerts list --all',
    '列出警示：`npm run contender -- alerts list --all`',
  ],
  [
    'List them with: npm run contender -- alerts silences --all',
    '列出靜音：`npm run contender -- alerts silences --all`',
  ],

  // Schedules.
  ['{subject} may not {action} the schedule of {model}', '{subject} 不得變更 {model} 的排程（{action}）'],
  ['{model} has no schedule of that kind ({kind})', '{model} 沒有此類排程（{kind}）'],
  [
    'Put one in force: npm run contender -- apply -f FILE',
    '請套用含排程的規格：`npm run contender -- apply -f FILE`',
  ],

  // Drills of the way back.
  ['drill {drill} is over', '演練 {drill} 已結束'],
  ['drill {drill} did not pass on {server}', '演練 {drill} 未在 {server} 上通過'],
  [
    'Nothing has to be done: the drill was decided without this report',
    '不需處理：演練已在沒有此回報的情況下判定',
  ],
  ['A drill passes when every server that it waited for did', '所等候的伺服器全部通過，演練才算通過'],
  ['there is no drill {#drill}', '沒有演練 {drill}'],
  ['List them: contender drill list MODEL', '列出演練：`contender drill list MODEL`'],
  ['drill {#drill} of {model} runs, asked for by {subject}', '{subject} 發起的 {model} 演練 {drill} 進行中'],
  ['Wait for it: contender drill list MODEL', '請等候其結束：`contender drill list MODEL`'],
  ['{subject} may not have the way back rehearsed', '{subject} 不得發起回復演練'],
  ['the drill of {model} was taken by no control worker', '沒有控制工作程序承接 {model} 的演練'],
  [
    'drill {#drill}, asked for by {subject}, is another one and still open',
    '{subject} 發起的演練 {drill} 是另一個演練，尚未結束',
  ],
  [
    'See what is down with contender doctor; asked again under the same key it is the same drill',
    '以 `contender doctor` 查看何者停擺；以同一鍵值再次要求即為同一演練',
  ],
  ['There is nothing to rehearse before the second champion', '有第二個現行版本之前無從演練'],
  ['a change to epoch {#epoch} has not reached {servers} yet', '換版序號 {epoch} 的變更尚未到達 {servers}'],
  ['{model} is not drilled meanwhile', '在此之前不演練 {model}'],
  [
    'Ask again when every server has acknowledged: contender champion MODEL',
    '待所有伺服器確認後再要求：`contender champion MODEL`',
  ],
  ['no server with a valid lease answers for {model}', '沒有租約有效的伺服器為 {model} 提供評分'],
  [
    'Start one: contender serve, or contender up; then drill again',
    '請啟動伺服器：`contender serve` 或 `contender up`；然後再次演練',
  ],
  ['nobody ended it in time; another drill was asked for', '無人在時限內結束它；已要求另一個演練'],
  [
    'a rollback by {subject} to version {#version} came first (epoch {#epoch})',
    '{subject} 先行回復到第 {version} 版（換版序號 {epoch}）',
  ],
  [
    'a swap by {subject} to version {#version} came first (epoch {#epoch})',
    '{subject} 先行交換到第 {version} 版（換版序號 {epoch}）',
  ],
  ['no report, and it is gone', '沒有回報，且伺服器已不存在'],
  ['no report, and its lease ran out at {instant}', '沒有回報，租約已於 {instant} 到期'],
  ['no report in time, though its lease holds', '租約仍有效，但未在時限內回報'],
  [
    'Start it again and drill again; a rollback would not wait for it',
    '請重新啟動後再次演練；回復不會等候它',
  ],
  ['Look at its log for the load of the version; then drill again', '請查看其載入該版本的記錄，然後再次演練'],
  [
    'no valid lease since {instant}: a rollback would not wait for it',
    '自 {instant} 起沒有有效租約：回復不會等候它',
  ],
  [
    'Nothing, if it was stopped on purpose; else start it and drill again',
    '若為刻意停止則無須處理；否則請啟動後再次演練',
  ],
  [
    'version {#version}, loaded anew, answers {#mismatches} of {#rows} recorded rows otherwise',
    '重新載入的第 {version} 版對 {rows} 列紀錄中的 {mismatches} 列回答不同',
  ],
  [
    'version {#version}, kept warm, answers {#mismatches} of {#rows} recorded rows otherwise',
    '保留在記憶體中的第 {version} 版對 {rows} 列紀錄中的 {mismatches} 列回答不同',
  ],
  [
    'Roll back to no such version: name another with --to, and compare this server with the others',
    '請勿回復到這樣的版本：以 `--to` 指定其他版本，並將此伺服器與其他伺服器比較',
  ],
  [
    'the model of version {#version} hashes to {actual}, not to {expected}',
    '第 {version} 版模型的雜湊為 {actual}，應為 {expected}',
  ],
  [
    'Restore the artifact from a backup or another store; the champion in force is untouched',
    '請由備份或其他產物庫還原該產物；現行版本不受影響',
  ],
  ['the runtime cannot load the model', '執行環境無法載入模型'],
  ['Look at the log of the server, and drill again', '請查看伺服器的記錄，然後再次演練'],

  // The market's calendar.
  ['{date} is not a session of {market}', '{date} 不是 {market} 的交易日'],
  ['The calendar reaches from {from} to {until}', '交易日曆涵蓋 {from} 至 {until}'],
  [
    'the {market} calendar has {#sessions} sessions and was asked for number {#position}',
    '{market} 的交易日曆有 {sessions} 個交易日，所要求的是第 {position} 個',
  ],
  ['Extend the calendar of the market data', '請擴充行情資料的交易日曆'],
  ['Extend the calendar', '請擴充交易日曆'],
  [
    'the {market} calendar ends on {last}, before {session} is settled',
    '{market} 的交易日曆止於 {last}，早於 {session} 的交割日',
  ],
  ['{instant} is not an instant', '{instant} 不是時間'],
];
