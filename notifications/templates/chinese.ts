import type { Monitor, NotificationEvent } from '../../contracts/notification.ts';
import { STEP_NAMES } from '../../contracts/wording/gate-names.ts';
import { told } from '../../contracts/wording/told.ts';
import { runbooksInChinese } from './compose-alert.ts';
import { formatInstant } from './format.ts';
import type { Body } from './message.ts';

/** Words around facts in Traditional Chinese; what is not here (labels of alerts, names of gates) stays as it is. */
export const CHINESE_LABELS: Readonly<Record<string, string>> = {
  Gates: '關卡',
  Month: '月份',
  'Sessions measured': '已衡量的交易日',
  'Reigns that began': '本月開始的上線期間',
  'Write the report to a file': '將報告寫入檔案',
  Round: '輪次',
  Until: '期限',
  Model: '模型',
  Retrain: '重新訓練',
  'As of': '資料截點',
  Session: '交易日',
  Happened: '發生時間',
  Correlation: '關聯編號',
  Key: '識別鍵',
  'Run the gates again': '重新評審關卡',
  'End the retrain': '結束重新訓練',
  Step: '步驟',
  Code: '代碼',
  Reason: '原因',
  'See the versions and their evidence': '查看各版本與證據',
  Candidate: '候選版本',
  Champion: '現行版本',
  'Requested by': '提出者',
  'Approvals needed': '所需核准數',
  Expires: '到期時間',
  Deputy: '代理人',
  Objection: '異議編號',
  Objected: '異議人',
  'Resolved by': '處理人',
  'Withdraw it, by whoever objected': '由異議人撤回',
  'Overrule it, by two other quant leads': '由另兩位量化主管駁回異議',
  Evidence: '證據',
  'Waived gates': '已豁免的關卡',
  Replay: '重播',
  'Closest call': '最接近門檻者',
  'A second look': '異常檢視',
  Shadow: '平行測試',
  'Decay watch': '衰退監看',
  Proposal: '提案編號',
  Author: '作者',
  Loosens: '放寬的欄位',
  "Looser than the champion's spec": '相較現行版本規格放寬的欄位',
  Agree: '同意',
  Approve: '核准',
  Reject: '駁回',
  'Read the gates, with plots': '閱讀關卡報告與圖表',
  Approvals: '核准',
  From: '原版本',
  To: '新版本',
  Epoch: '換版序號',
  Took: '耗時',
  Acknowledged: '已確認的伺服器',
  'Take it back': '撤回',
  Missing: '未確認的伺服器',
  Waited: '已等候',
  'See who answers with what': '查看各伺服器使用的版本',
  'See the champion': '查看現行版本',
  'See the version that was taken back': '查看被撤回的版本',
  'What went wrong': '錯誤內容',
  'What to do': '處理方式',
  'Start it again after the repair': '修復後重新開始',
  'Was due': '原定時間',
  Next: '下次時間',
  Why: '原因',
  'Run it now': '立即執行',
  Open: '進行中',
  'Run it once the open one has ended': '待進行中的結束後執行',
  Measured: '測量值',
  'Healthy when': '正常條件',
  'Already started': '已自動採取',
  'Emergency retrain': '緊急重新訓練',
  'See where it stands': '查看目前狀態',
  'Go back to the previous champion': '回復前一版本',
  'See what was found': '查看發現的問題',
  'See why it was decided': '查看決策依據',
  'See the results': '查看結果',
  Since: '開始時間',
  Ended: '結束時間',
  Runbook: '處理手冊',
  Runbooks: '處理手冊',
  'Grouped by': '分組依據',
  Acknowledge: '確認收到',
  Silence: '暫時靜音',
  'See all of them': '查看全部',
  'See what happened': '查看經過',
  'Open in the Temporal UI': '在 Temporal 介面開啟',
  'Open the approval page': '開啟核准頁面',
  'Open the page of waivers': '開啟豁免頁面',
  'Open the proposal': '開啟提案頁面',
  'Open the alert': '開啟警示頁面',
  'Open the alerts': '開啟警示清單',
  'Open the page of the retrain': '開啟重新訓練頁面',
  Verdicts: '關卡判定',
  Verdict: '判定',
  Gate: '關卡',
  Number: '數值',
  Needs: '門檻',
};

/** A sentence of the system in Chinese; anything else as it is. */
const say = (sentence: string): string => told(sentence, 'zh-TW').text;

const OUTCOMES = {
  refused: '未通過關卡',
  rejected: '遭量化主管駁回',
  expired: '逾期未獲核准',
  superseded: '由緊急重新訓練取代',
  cancelled: '已取消',
  judged: '依規格於關卡判定後停止',
} as const;
const CAUSES = { guard: '由上線監控自動', manual: '由人員手動', 'break-glass': '由緊急開關' } as const;
/** What is wrong, and who is wanted. */
const ALARMS: Readonly<Record<Monitor, readonly [(version: string, session: string) => string, string]>> = {
  guard: [(version) => `版本 ${version} 觸發上線監控警報`, '量化主管今天必須檢視現行版本。'],
  decay: [(version) => `版本 ${version} 觸發訊號衰退警報`, '量化主管今天必須檢視現行版本。'],
  data: [(_, session) => `${session}的資料有錯誤`, '資料負責人今天必須修復：現行版本以收到的資料評分。'],
  software: [
    (version) => `版本 ${version} 的評分與測試時不同`,
    '值班工程師今天必須查明原因，必要時先回復前一版本。',
  ],
  drift: [(version) => `版本 ${version} 的特徵已連日漂移`, '請量化主管於本週檢視各特徵。'],
  results: [(_, session) => `${session}沒有結果`, '請值班維運人員檢查運算程序與市場資料。'],
};

type Words = Pick<Body, 'headline' | 'needed'>;
type AlertGroup = Extract<NotificationEvent, { kind: 'alert' }>;

const UNKNOWN_ACKNOWLEDGEMENTS = '寫下此訊息時尚不知各伺服器是否已確認：請值班維運人員檢查每台伺服器。';

const ofReplay = (marketAt: string | null): string =>
  marketAt === null ? '' : `（重播 ${marketAt.slice(0, 10)} 的市場）`;

/** What an event means, in Traditional Chinese; what people and monitors wrote is not translated. */
export function chineseWords(event: NotificationEvent): Words {
  switch (event.kind) {
    case 'retrain-refused':
      return {
        headline: `${event.model}：重新訓練${OUTCOMES[event.outcome]}（步驟：${STEP_NAMES[event.step] ?? event.step}）`,
        needed: '目前不需處理：現行版本維持不變。下次重新訓練前請閱讀各項數值。',
      };
    case 'approval-asked':
      return {
        headline: `${event.model}：版本 ${String(event.candidate.number)} 等待核准${ofReplay(event.marketAt)}`,
        needed: `需要 ${String(event.approvers)} 位量化主管於 ${formatInstant(event.expiresAt)} 前核准或駁回${event.fourEyes ? `，且不得為 ${event.requestedBy} 或規格最後的作者` : ''}。`,
      };
    case 'approval-expiring':
      return {
        headline: `${event.model}：版本 ${String(event.candidate.number)} 的核准即將逾期${ofReplay(event.marketAt)}`,
        needed: `${event.deputy === null ? '' : `代理人 ${event.deputy} 自即刻起得代為簽核。`}尚缺 ${String(Math.max(event.approvers - event.approvals, 0))} 位量化主管；${formatInstant(event.expiresAt)} 之後，重新訓練將不升版而結束。`,
      };
    case 'swapped':
      return {
        headline: `${event.model}：版本 ${String(event.to.number)} 成為現行版本（換版序號 ${String(event.epoch)}）`,
        needed:
          event.acknowledged.length > 0
            ? `不需處理：${String(event.acknowledged.length)} 台伺服器已確認，上線監控正在監看新版本。`
            : UNKNOWN_ACKNOWLEDGEMENTS,
      };
    case 'swap-partial':
      return {
        headline: `${event.model}：版本 ${String(event.to.number)} 僅部分換版，${String(event.missing.length)} 台伺服器未確認換版序號 ${String(event.epoch)}`,
        needed: `值班維運人員必須讓這些伺服器恢復或停止接收請求。${event.onStale === 'serve' ? '它們仍以最後確認的版本回應。' : '到達時限後它們將停止提供評分。'}`,
      };
    case 'rolled-back':
      return {
        headline: `${event.model}：${CAUSES[event.cause]}回復至版本 ${String(event.to.number)}（換版序號 ${String(event.epoch)}）`,
        needed: `${event.acknowledged.length > 0 ? '交易可照常進行。' : UNKNOWN_ACKNOWLEDGEMENTS}下次升版前，請量化主管查明版本 ${String(event.from.number)} 的問題。`,
      };
    case 'gates-held':
      return event.cause === 'error'
        ? {
            headline: `${event.model}：部分關卡無法評審`,
            needed: `維運人員須於 ${formatInstant(event.expiresAt)} 前修復原因並重新執行，否則重新訓練以失敗結束。`,
          }
        : {
            headline: `${event.model}：未通過的關卡可以豁免`,
            needed: `${event.deputy === null ? '' : `代理人 ${event.deputy} 自即刻起得代替其中一位主管豁免或拒絕。`}不需處理：${formatInstant(event.expiresAt)} 時重新訓練將以未通過結束。兩位量化主管可附理由豁免；其中一位拒絕即立刻結束。`,
          };
    case 'objection':
      return objectionWords(event);
    case 'spec-proposed':
      return {
        headline: `${event.model}：放寬規格的提案 ${String(event.proposal)} 等待第二人同意`,
        needed: `${event.deputy === null ? `請 ${event.author} 以外的一位量化主管` : `若尚未決定，代理人 ${event.deputy} 自即刻起得代替量化主管`}於 ${formatInstant(event.expiresAt)} 前同意或駁回；之後提案失效，現行規格維持不變。`,
      };
    case 'failed':
      return {
        headline: `${event.model}：重新訓練於「${STEP_NAMES[event.step] ?? event.step}」步驟失敗（${event.code}）`,
        needed: '值班工程師須修復原因並重新開始。現行版本未受影響。',
      };
    case 'schedule-missed':
      if (event.standing !== null) {
        return {
          headline: `${event.model}：${formatInstant(event.nominalAt)} 的排程重新訓練未開始，另一個重新訓練進行中`,
          needed: '請量化主管決定：待進行中的結束後以相同截點執行，或等待下一次。',
        };
      }
      return {
        headline: `${event.model}：${formatInstant(event.nominalAt)} 的排程重新訓練未在 ${String(event.catchupHours)} 小時內開始`,
        needed: '請量化主管決定：以相同截點立即執行，或等待下一次。',
      };
    case 'month-ended':
      return {
        headline: `${event.model}：${event.month} 月報`,
        needed: '不需處理：現行版本的表現、重新訓練與市場規則均在報告中。',
      };
    case 'alarm':
      return {
        headline: `${event.model}：${ALARMS[event.monitor][0](String(event.champion.number), `${event.session ?? '該交易日'} `)}`,
        needed: `${ALARMS[event.monitor][1]}已自動採取：${say(event.action)}`,
      };
    case 'alert':
      return alertWords(event);
  }
}

function objectionWords(event: Extract<NotificationEvent, { kind: 'objection' }>): Words {
  const about = `${event.model}：版本 ${String(event.version)}`;
  if (event.state === 'withdrawn') return { headline: `${about} 的異議已撤回`, needed: '不需處理。' };
  if (event.state === 'overruled') {
    return { headline: `${about} 的異議已由兩位量化主管駁回`, needed: '不需處理。' };
  }
  return event.epoch === null
    ? {
        headline: `${about} 有量化主管提出異議，暫停換版`,
        needed: '異議人撤回，或另兩位量化主管駁回異議之前不會換版；若核准先逾期，重新訓練將不升版而結束。',
      }
    : {
        headline: `${about} 已為現行版本（換版序號 ${String(event.epoch)}），有量化主管提出異議`,
        needed:
          '現行版本仍繼續提供評分。請量化主管或維運人員立即決定：撤回該版本，或由另兩位量化主管駁回異議。',
      };
}

function alertWords({ status, firing, resolved, items, model, step }: AlertGroup): Words {
  const summary = say(items[0]?.summary ?? '');
  const about = model === null || summary.includes(model) ? '' : `${model}：`;
  if (status === 'resolved') {
    return { headline: `${about}已解除：${summary}`, needed: '不需處理：本組已沒有持續中的警報。' };
  }
  const again = step === 0 ? '' : '至今無人確認。';
  const ended = resolved === 0 ? '' : `另有 ${String(resolved)} 則已解除。`;
  return firing === 1
    ? { headline: `${about}${summary}`, needed: `${again}${say(items[0]?.description ?? '')}${ended}` }
    : {
        headline: `${about}${String(firing)} 則警報，第一則：${summary}`,
        needed: `${again}本組有 ${String(firing)} 則警報持續中。${ended}`,
      };
}

const label = <T extends { readonly label: string }>(entry: T): T => ({
  ...entry,
  label: CHINESE_LABELS[entry.label] ?? say(entry.label),
});

function valueOf({ label: name, value }: Body['facts'][number]): string {
  if (name === 'Step') return STEP_NAMES[value] ?? value;
  return name.startsWith('Runbook') ? runbooksInChinese(value) : say(value);
}

/**
 * A message with its words in Traditional Chinese: labels, and the sentences of the system among facts, reasons and quotes. What
 * people wrote, names, numbers and commands stay.
 */
export function inChinese<T extends Body>(body: T, event: NotificationEvent): T {
  return {
    ...body,
    ...chineseWords(event),
    facts: body.facts.map((fact) =>
      label({
        ...fact,
        value: valueOf(fact),
      }),
    ),
    verdicts: body.verdicts.map((verdict) => ({ ...verdict, reason: say(verdict.reason) })),
    // Of a waiver the words are a person's.
    quotes: body.quotes.map((quote) =>
      label({ ...quote, text: quote.label.startsWith('Gate ') ? quote.text : say(quote.text) }),
    ),
    actions: body.actions.map(label),
  };
}
