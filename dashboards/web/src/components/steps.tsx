import type { ReactNode } from 'react';
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

/** Where a retrain stands among its eight steps. */
export function Steps({ step, status }: { readonly step: string; readonly status: string }): ReactNode {
  const { t } = useI18n();
  const at = STEPS.findIndex((name) => name === step);
  return (
    <ol className="steps" aria-label={t('retrain.steps')}>
      {STEPS.map((name, index) => {
        const state = stateOf(index, at, status);
        return (
          <li key={name} className={`step step-${state}`} aria-current={state === 'now' ? 'step' : undefined}>
            <span className="step-number" aria-hidden="true">
              {state === 'done' ? '✓' : state === 'stopped' ? '✕' : String(index + 1)}
            </span>
            <span>{t(`step.${name}` as TextId)}</span>
            <span className="unseen">{t(`step.state.${state}` as TextId)}</span>
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
