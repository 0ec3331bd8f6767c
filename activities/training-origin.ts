import { canonicalJson } from '../contracts/canonical.ts';
import type { TrainingOrigin } from '../contracts/training.ts';
import { SidecarsDiffer } from './errors.ts';

/**
 * Numbers made by different sidecars may differ in the last bit, which is enough to choose another trial. Those who did not
 * say who they are (null) are not compared.
 *
 * @throws SidecarsDiffer naming the first difference
 */
export function requireSameOrigin(origins: readonly (TrainingOrigin | null)[]): void {
  const [first, ...others] = origins.filter((origin) => origin !== null);
  if (first === undefined) return;
  const other = others.find((origin) => canonicalJson(origin) !== canonicalJson(first));
  if (other === undefined) return;
  const facts = (origin: TrainingOrigin): Record<string, unknown> => ({
    ...origin.environment,
    sidecarCode: origin.sidecarCode,
  });
  const [a, b] = [facts(first), facts(other)];
  const differences = Object.keys(a).filter((key) => a[key] !== b[key]);
  throw new SidecarsDiffer(
    `sidecars of one retrain differ in ${differences.map((key) => `${key} (${String(a[key])}, ${String(b[key])})`).join(', ')}`,
    {
      remedy: 'Run the same release, with the same settings, on every sidecar; then start the retrain again.',
      details: { differences },
    },
  );
}
