import type { Market } from '../contracts/primitives.ts';
import type { MarketClock } from '../control/market-clock.ts';
import type { ExamineModel } from '../control/register-version.ts';
import type { TemporalLink } from '../control/temporal-link.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import type { Identify } from '../registry/identity/identify.ts';
import type { OidcSignIn } from '../registry/identity/oidc-sign-in.ts';
import type { Registry } from '../registry/registry.ts';
import type { FigurePages } from './figures.ts';
import type { Live } from './live/live.ts';
import type { ApiMetrics } from './metrics.ts';
import type { runbooksOf } from './runbooks.ts';

/** What the API hands to the log; a structural subset of pino's logger. */
export interface ApiLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface ApiClock {
  /** Wall time. */
  now(): Date;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
}

/** What the operations work with; the composition root wires it. */
export interface ApiParts {
  readonly registry: Registry;
  readonly temporal: TemporalLink;
  readonly identify: Identify;
  readonly live: Live;
  readonly metrics: ApiMetrics;
  readonly clock: ApiClock;
  readonly log: ApiLog;
  /** Base URL of the Temporal UI; null: none. */
  readonly temporalUiUrl: string | null;
  readonly temporalNamespaces: { readonly live: string; readonly replay: string };
  /** Null: people sign in by token alone. */
  readonly oidcSignIn: OidcSignIn | null;
  readonly artifacts: ArtifactStore;
  /** On a thread of its own: nobody else waits for it. */
  readonly examine: ExamineModel;
  readonly figures: FigurePages;
  /** The runbook of a rule in a language, or in English where there is none in it; null: there is none at all. */
  readonly runbook: ReturnType<typeof runbooksOf>;
  readonly marketClock: (market: Market) => Promise<MarketClock>;
  /** Wall instant at which people have had so many sessions of a market, from now. */
  readonly sessionsFromNow: (market: Market, sessions: number) => Promise<string>;
  readonly version: string;
}
