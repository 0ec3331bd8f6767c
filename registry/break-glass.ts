import type { Actor } from '../contracts/primitives.ts';
import { runCommand } from './command.ts';
import { operations } from './database.ts';

/** How a local override stopped being one. */
export type OverrideEnd =
  /** The registry carried the command out as a rollback. */
  | 'rolled-back'
  /** The registry had decided otherwise meanwhile; the newer epoch stands. */
  | 'superseded'
  /** Taken away by hand. */
  | 'lifted'
  /** Another override took its place. */
  | 'replaced'
  | 'expired'
  /** The server was started anew, and the registry would not carry the command out. */
  | 'restarted';

export interface OverrideFacts {
  /** Made by the caller, one per command. */
  readonly id: string;
  readonly model: string;
  readonly server: string;
  readonly version: number;
  readonly versionId: string;
  readonly fromVersion: number;
  readonly fromVersionId: string;
  /** The epoch that it stood above; an override has none of its own. */
  readonly epoch: number;
  readonly actor: Actor;
  readonly tokenId: string;
  readonly reason: string;
  readonly setAt: string;
  readonly expiresAt: string;
}

export const breakGlassOperations = operations((database) => ({
  /**
   * Writes down that a server answered with another version than the champion's: one audit row per override, at whatever
   * time the server reaches the registry again. Throws ModelUnknown.
   */
  async journalOverride(input: OverrideFacts): Promise<void> {
    const { model, actor, ...facts } = input;
    await runCommand(
      database,
      {
        model,
        actor: actor.subject,
        command: 'break-glass',
        key: `break-glass:${input.id}`,
        businessAt: null,
        request: input,
      },
      () => Promise.resolve({ result: {}, facts: { ...facts, roles: [...actor.roles] } }),
    );
  },

  /** The other end of it, with its own audit row. Throws ModelUnknown. */
  async journalOverrideEnd(input: {
    readonly id: string;
    readonly model: string;
    readonly server: string;
    readonly how: OverrideEnd;
    readonly by: string;
    readonly reason: string;
    readonly at: string;
  }): Promise<void> {
    const { model, by, ...facts } = input;
    await runCommand(
      database,
      {
        model,
        actor: by,
        command: 'break-glass-end',
        key: `break-glass:${input.id}:end`,
        businessAt: null,
        // When an override ended is found out more than once after a crash; that it ended is one command.
        request: { id: input.id },
      },
      () => Promise.resolve({ result: {}, facts }),
    );
  },
}));
