import { setTimeout as delay } from 'node:timers/promises';
import { ContenderError } from '../contracts/error.ts';
import type { BreakGlassGrant } from '../registry/identity/break-glass-token.ts';
import type { BreakGlassJournal, OverrideEnd, OverrideRecord } from './break-glass-journal.ts';
import { BreakGlassForbidden, ModelNotReady, ModelNotServed, NoOverride, VersionNotHeld } from './errors.ts';
import type { ServingMetrics } from './metrics.ts';
import type { ServableVersion, ServingClock, ServingLog, ServingRegistry } from './ports.ts';
import type { ServedModel } from './served-model.ts';
import type { LoadedVersion } from './version-cache.ts';

export interface OverrideCommand {
  /** A UUID of the caller's: the same command sent again has no second effect. */
  readonly id: string;
  readonly model: string;
  /** Null: the champion before. */
  readonly version: number | null;
  readonly reason: string;
  readonly seconds: number;
}

export interface BreakGlassOptions {
  readonly server: string;
  readonly journal: BreakGlassJournal;
  readonly registry: Pick<
    ServingRegistry,
    'journalOverride' | 'journalOverrideEnd' | 'settleOverride' | 'raiseAlert'
  >;
  /** @throws TokenInvalid, TokenExpired */
  readonly verify: (token: string) => Promise<BreakGlassGrant>;
  readonly model: (name: string) => ServedModel | null;
  readonly clock: ServingClock;
  readonly log: ServingLog;
  readonly metrics: ServingMetrics;
}

/** A version that is not in memory is read, checked and warmed within this, or the command is refused. */
const LOAD_PATIENCE_MS = 10_000;
const LOAD_POLL_MS = 10;

/**
 * Local overrides of one server: a signed command makes it answer with an earlier champion, above the epoch in force and without
 * one of its own. When the registry is back, each is written into the audit and carried out there as a rollback, unless the
 * registry has decided otherwise meanwhile; then the epoch of the registry counts again.
 */
export class BreakGlass {
  readonly #options: BreakGlassOptions;
  /** Commands and reconciliations one after the other: they share the journal. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Records of an earlier process of this server: in no pointer of this one. */
  #inherited = new Set<string>();

  constructor(options: BreakGlassOptions) {
    this.#options = options;
  }

  /** @throws BreakGlassJournalBroken */
  async start(): Promise<void> {
    const { journal } = this.#options;
    await journal.load();
    this.#inherited = new Set(journal.records.map(({ id }) => id));
  }

  /**
   * Answers with an earlier champion from now on, until the override expires, is lifted, or the registry moves on.
   *
   * @throws TokenInvalid, TokenExpired, BreakGlassForbidden, ModelNotServed, ModelNotReady, VersionNotHeld
   */
  async set(token: string, command: OverrideCommand): Promise<OverrideRecord> {
    const grant = await this.#admit(token, command.model, 'set');
    return this.#inTurn(() => this.#set(grant, command));
  }

  /**
   * Takes the override away: the champion of the epoch answers again.
   *
   * @throws TokenInvalid, TokenExpired, BreakGlassForbidden, NoOverride
   */
  async lift(token: string, model: string, reason: string): Promise<OverrideRecord> {
    const { actor } = await this.#admit(token, model, 'lift');
    return this.#inTurn(async () => {
      const record = this.#inForce(model);
      if (record === null) {
        throw new NoOverride(`no local override of ${model} is in force here`, {
          remedy: 'GET /health shows what each model answers with.',
        });
      }
      return this.#end(record, { how: 'lifted', by: actor.subject, reason });
    });
  }

  /**
   * Tells the registry of every override of a model that it does not know. Called before its reign is read, so that a rollback
   * which comes of it is what is read.
   */
  async reconcile(model: string): Promise<void> {
    const { journal } = this.#options;
    if (!journal.records.some((record) => record.model === model)) return;
    await this.#inTurn(async () => {
      for (const record of journal.records.filter((open) => open.model === model)) await this.#settle(record);
    });
  }

  /** Returns when nothing is being told or written any more. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  /** Null when none is in force. */
  #inForce(model: string): OverrideRecord | null {
    const nowMs = this.#options.clock.wallMs();
    const open = this.#options.journal.records.filter(
      (record) => record.model === model && record.ended === null && !this.#inherited.has(record.id),
    );
    return open.find((record) => Date.parse(record.expiresAt) > nowMs) ?? null;
  }

  async #admit(token: string, model: string, what: string): Promise<BreakGlassGrant> {
    const { verify, metrics, log } = this.#options;
    try {
      const grant = await verify(token);
      if (!grant.models.includes(model)) {
        throw new BreakGlassForbidden(`this token is not for ${model}`, {
          remedy: `It is for ${grant.models.join(', ')}.`,
        });
      }
      return grant;
    } catch (error) {
      metrics.breakGlass.inc({ result: 'refused' });
      const reason = error instanceof ContenderError ? error.code : String(error);
      log.warn({ model, what, reason }, 'break-glass refused');
      throw error;
    }
  }

  async #set(grant: BreakGlassGrant, command: OverrideCommand): Promise<OverrideRecord> {
    const { journal } = this.#options;
    const known = journal.records.find(({ id }) => id === command.id);
    if (known !== undefined) return known;
    const model = this.#options.model(command.model);
    if (model?.reign === undefined || model.reign === null) {
      throw new ModelNotServed(`${command.model} has no champion here that could be overridden`, {
        remedy: 'Ask a server that has read its champion.',
      });
    }
    const target = earlierChampion(model, command);
    return model.holding(target.versionId, () => this.#override(grant, command, model, target));
  }

  async #override(
    grant: BreakGlassGrant,
    command: OverrideCommand,
    model: ServedModel,
    target: ServableVersion,
  ): Promise<OverrideRecord> {
    const { clock, journal, log, metrics, server } = this.#options;
    const loaded = await this.#loaded(model, target);
    const { reign } = model;
    if (reign === null) {
      throw new ModelNotReady(`${command.model} lost its champion meanwhile`, {
        remedy: 'Look at GET /health, then send the command again.',
      });
    }
    const setAtMs = clock.wallMs();
    const expiresAtMs = Math.min(setAtMs + command.seconds * 1000, Date.parse(grant.expiresAt));
    const record: OverrideRecord = {
      id: command.id,
      model: command.model,
      server,
      version: target.number,
      versionId: target.versionId,
      fromVersion: reign.champion.version.number,
      fromVersionId: reign.champion.version.versionId,
      epoch: reign.epoch,
      actor: grant.actor,
      tokenId: grant.tokenId,
      reason: command.reason,
      setAt: new Date(setAtMs).toISOString(),
      expiresAt: new Date(expiresAtMs).toISOString(),
      ended: null,
      refused: null,
    };
    const before = this.#inForce(command.model);
    await journal.put(record);
    if (before !== null) {
      const end = { how: 'replaced', by: grant.actor.subject, reason: command.reason } as const;
      await journal.put({ ...before, ended: { ...end, at: record.setAt } });
    }
    model.override(loaded, {
      id: record.id,
      by: grant.actor.subject,
      reason: record.reason,
      expiresAt: record.expiresAt,
      lastsMs: expiresAtMs - setAtMs,
    });
    metrics.breakGlass.inc({ result: 'set' });
    log.error(
      { model: record.model, by: grant.actor.subject, version: record.version, epoch: record.epoch },
      'break-glass: answering with an earlier champion, above the epoch in force',
    );
    return record;
  }

  /** @throws ModelNotReady */
  async #loaded(model: ServedModel, target: ServableVersion): Promise<LoadedVersion> {
    const { clock } = this.#options;
    const deadline = clock.monotonicMs() + LOAD_PATIENCE_MS;
    for (;;) {
      model.versions.want(target);
      const loaded = model.versions.get(target.versionId);
      if (loaded !== null) return loaded;
      const state = model.versions.state(target.versionId);
      if (state?.state === 'failed' || clock.monotonicMs() > deadline) {
        const why = state?.state === 'failed' ? state.error.message : 'it was not loaded in time';
        throw new ModelNotReady(`version ${String(target.number)} cannot answer: ${why}`, {
          remedy: 'Name another earlier champion.',
        });
      }
      await delay(LOAD_POLL_MS);
    }
  }

  async #end(record: OverrideRecord, end: Omit<OverrideEnd, 'at'>): Promise<OverrideRecord> {
    const { clock, journal, log } = this.#options;
    const ended = { ...record, ended: { ...end, at: new Date(clock.wallMs()).toISOString() } };
    await journal.put(ended);
    if (end.how !== 'rolled-back' && end.how !== 'superseded') {
      this.#options.model(record.model)?.endOverride(record.id);
    }
    log.warn({ model: record.model, id: record.id, how: end.how }, 'break-glass: override ended');
    return ended;
  }

  /** Throws what the registry throws when it cannot be reached; the next reading tries again. */
  async #settle(record: OverrideRecord): Promise<void> {
    const { registry, journal, metrics } = this.#options;
    await registry.journalOverride(record);
    const ended = record.ended === null ? await this.#carryOut(record) : record;
    if (ended.ended === null) return;
    await registry.journalOverrideEnd(ended, ended.ended);
    await journal.remove(record.id);
    this.#inherited.delete(record.id);
    metrics.breakGlass.inc({ result: 'reconciled' });
  }

  async #carryOut(record: OverrideRecord): Promise<OverrideRecord> {
    const { clock, journal, registry } = this.#options;
    const inherited = this.#inherited.has(record.id);
    if (Date.parse(record.expiresAt) <= clock.wallMs()) {
      return this.#end(record, { how: 'expired', by: 'system', reason: 'its time was over' });
    }
    if (record.refused !== null) {
      const reason = record.refused;
      return inherited ? this.#end(record, { how: 'restarted', by: 'system', reason }) : record;
    }
    const answer = await registry.settleOverride(record);
    if (answer.outcome !== 'refused') {
      return this.#end(record, {
        how: answer.outcome,
        by: record.actor.subject,
        reason: answer.reason,
      });
    }
    // The person's word goes on here until it expires; somebody has to look.
    const refused = { ...record, refused: answer.reason };
    await journal.put(refused);
    await registry.raiseAlert({
      model: record.model,
      severity: 'CRITICAL',
      kind: 'BREAK_GLASS_REFUSED',
      text: `Server ${record.server} answers with version ${String(record.version)} until ${record.expiresAt}, and the registry would not carry that out: ${answer.reason}`,
      dedupeKey: `break-glass:${record.id}`,
    });
    return inherited
      ? this.#end(refused, { how: 'restarted', by: 'system', reason: answer.reason })
      : refused;
  }

  async #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(step, step);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** I2: only what was champion before may answer. Throws VersionNotHeld. */
function earlierChampion(model: ServedModel, { version }: OverrideCommand): ServableVersion {
  const champion = model.reign?.champion.version.versionId;
  // Between a switch and the reading after it, the view is of the epoch before: its champion is the one before.
  const before =
    model.view !== null && model.view.epoch < (model.reign?.epoch ?? 0) ? [model.view.champion] : [];
  const held = [...before, ...(model.view?.previous ?? [])].filter(({ versionId }) => versionId !== champion);
  const target = version === null ? held[0] : held.find(({ number }) => number === version);
  if (target !== undefined) return target;
  const numbers = held.map(({ number }) => String(number)).join(', ') || 'none';
  throw new VersionNotHeld(
    version === null
      ? `no earlier champion of ${model.model} is known here`
      : `version ${String(version)} is no earlier champion of ${model.model} that is known here`,
    { remedy: `Known here: ${numbers}.`, details: { held: held.map(({ number }) => number) } },
  );
}
