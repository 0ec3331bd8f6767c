import type { ReactNode } from 'react';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';

export const STEPS = [
  'extract',
  'validate',
  'train',
  'package',
  'judge',
  'shadow',
  'approve',
  'swap',
] as const;

/** When a step was begun, and how long it took; null: it runs still. */
export interface StepTime {
  readonly startedAt: string;
  readonly tookMs: number | null;
}

/** When each step was entered, in order, and when the last of them ended; a step that was entered again counts from its first time. */
export function stepTimes(
  entered: readonly { readonly step: string; readonly startedAt: string }[],
  finishedAt: string | null,
): ReadonlyMap<string, StepTime> {
  const times = new Map<string, StepTime>();
  for (const [index, { step, startedAt }] of entered.entries()) {
    const begun = times.get(step)?.startedAt ?? startedAt;
    const ended = entered[index + 1]?.startedAt ?? finishedAt;
    const tookMs = ended === null ? null : Math.max(0, Date.parse(ended) - Date.parse(begun));
    times.set(step, { startedAt: begun, tookMs });
  }
  return times;
}

const NO_TIMES: ReadonlyMap<string, StepTime> = new Map();

/** Where a retrain stands among its eight steps, and how long each took where that is known. */
export function Steps({
  step,
  status,
  times = NO_TIMES,
}: {
  readonly step: string;
  readonly status: string;
  readonly times?: ReadonlyMap<string, StepTime>;
}): ReactNode {
  const { t } = useI18n();
  const { instant, span } = useFormat();
  const at = STEPS.findIndex((name) => name === step);
  return (
    <ol className="steps" aria-label={t('retrain.steps')}>
      {STEPS.map((name, index) => {
        const state = stateOf(index, at, status);
        const time = times.get(name);
        return (
          <li key={name} className={`step step-${state}`} aria-current={state === 'now' ? 'step' : undefined}>
            <span className="step-number" aria-hidden="true">
              {state === 'done' ? '✓' : state === 'stopped' ? '✕' : String(index + 1)}
            </span>
            <span>{t(`step.${name}` as TextId)}</span>
            <span className="unseen">{t(`step.state.${state}` as TextId)}</span>
            {time === undefined ? null : (
              <span className="step-time">
                <time dateTime={time.startedAt}>{instant(time.startedAt)}</time>
                {time.tookMs === null ? null : <span>{span(time.tookMs)}</span>}
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function stateOf(index: number, at: number, status: string): 'done' | 'now' | 'stopped' | 'waiting' {
  if (status === 'promoted') return 'done';
  if (index < at) return 'done';
  if (index > at) return 'waiting';
  return status === 'open' ? 'now' : 'stopped';
}
