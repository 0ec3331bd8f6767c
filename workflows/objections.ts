import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { control } from './activity-proxies.ts';
import type { RetrainProgress } from './retrain-progress.ts';
import { nowMs, untilInstant } from './until-instant.ts';

/** Something about the objections to this retrain has changed: look again. The registry holds what it is. */
export const objectionsChanged = defineSignal('objectionsChanged');

/** The signal may be lost while Temporal is away; the registry is looked at all the same. */
const LOOK_AGAIN_MS = 10 * 60 * 1000;

/**
 * Objections of quant leads between the question and the swap. Behind it stands the registry, which promotes nothing over an
 * objection.
 */
export class Objections {
  private readonly progress: RetrainProgress;
  private heard = 0;

  constructor(progress: RetrainProgress) {
    this.progress = progress;
    setHandler(objectionsChanged, () => {
      this.heard += 1;
    });
  }

  /**
   * Waits while somebody objects, until the approval expires. `waited`: it did, so that what was true before may not be any more.
   * `standing`: what nobody resolved in time; null: nothing is in the way.
   */
  async resolved(
    evidenceHash: string,
    expiresAt: string,
  ): Promise<{ readonly waited: boolean; readonly standing: string | null }> {
    for (let waited = false; ; waited = true) {
      const { heard } = this;
      const { open } = await control.standingObjections.executeWithOptions({ summary: 'objections' }, [
        { evidenceHash },
      ]);
      if (open.length === 0) return { waited, standing: null };
      const who = open.map(({ subject }) => subject).join(', ');
      if (nowMs() >= Date.parse(expiresAt)) {
        const why = open.map(({ subject, reason }) => `${subject}: ${reason}`).join('; ');
        return { waited, standing: `objection not resolved until ${expiresAt}; ${why}` };
      }
      this.progress.await(
        `${who} to withdraw the objection, or two leads to overrule it, until ${expiresAt}`,
      );
      await condition(() => this.heard > heard, Math.min(LOOK_AGAIN_MS, untilInstant(expiresAt)));
    }
  }
}
