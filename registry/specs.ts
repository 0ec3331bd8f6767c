import type { Transaction } from 'kysely';
import { ContractViolation } from '../contracts/error.ts';
import type { Actor } from '../contracts/primitives.ts';
import { ModelSpec } from '../contracts/spec.ts';
import { specContradictions } from '../contracts/spec-contradictions.ts';
import { commandWithin, runCommand } from './command.ts';
import type { CommandOutcome, CommandRequest } from './command.ts';
import { operations } from './database.ts';
import type { Database, Sql } from './database.ts';
import { ModelUnknown, SecondPersonNeeded, SpecContradicts } from './errors.ts';
import { hashValue } from './hash.ts';
import { loosenedFields } from './spec-loosening.ts';
import type { Tables } from './tables.ts';

export interface SpecRecord {
  readonly model: string;
  /** 1, 2, 3 within the model. */
  readonly number: number;
  readonly spec: ModelSpec;
  readonly hash: string;
  readonly author: string;
  readonly loosened: readonly string[];
  readonly secondPerson: string | null;
  /** The second person is no quant lead but the deputy of the spec before. */
  readonly secondAsDeputy: boolean;
  readonly recordedAt: string;
}

/** Who agreed to what is loosened; null: nothing is. */
export interface Agreement {
  readonly secondPerson: string | null;
  readonly asDeputy: boolean;
}

export interface ApplySpecInput {
  readonly spec: ModelSpec;
  readonly actor: Actor;
  /** A quant lead who agrees to a loosening; null when nobody was asked. */
  readonly secondPerson: Actor | null;
  readonly reason: string;
}

export interface AppliedSpec {
  readonly model: string;
  readonly number: number;
  /** False: this very spec is in force already. */
  readonly changed: boolean;
  /** Safety fields that are looser than before. */
  readonly loosened: readonly string[];
}

export const specOperations = operations((database) => ({
  /** Stores a spec under the next number. Throws ContractViolation, SpecContradicts, SecondPersonNeeded. */
  async applySpec(input: ApplySpecInput): Promise<AppliedSpec> {
    return storeSpec(database, input, agreeing);
  },

  /** The spec in force. Throws ModelUnknown. */
  async currentSpec({ model }: { readonly model: string }): Promise<SpecRecord> {
    const record = await database.run((connection) => latestSpec(connection, model));
    if (record === null) throw unknownModel(model);
    return record;
  },

  async specByNumber(input: { readonly model: string; readonly number: number }): Promise<SpecRecord> {
    const record = await database.run((connection) =>
      connection
        .selectFrom('specs')
        .selectAll()
        .where('model', '=', input.model)
        .where('number', '=', input.number)
        .executeTakeFirst(),
    );
    if (record === undefined) throw unknownModel(`${input.model} with spec ${String(input.number)}`);
    return record;
  },

  /** Names of all models, sorted. */
  async listModels(): Promise<readonly string[]> {
    const rows = await database.run((connection) =>
      connection.selectFrom('models').select('model').orderBy('model').execute(),
    );
    return rows.map(({ model }) => model);
  },
}));

type AgreementOf = (input: ApplySpecInput, loosened: readonly string[]) => Agreement;

/** Stores a spec under the next number, once `agreement` has said who agrees to what it loosens. */
async function storeSpec(
  database: Database,
  input: ApplySpecInput,
  agreement: AgreementOf,
): Promise<AppliedSpec> {
  const { model } = input.spec;
  requireReadable(input.spec);
  requireConsistent(input.spec);
  await database.run((connection) =>
    connection
      .insertInto('models')
      .values({ model })
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
  const current = await database.run((connection) => latestSpec(connection, model));
  return runCommand(database, ...applyCommand(input, current, agreement));
}

/** The same within the command that decides about a proposal: neither is carried out without the other. */
export async function storeSpecWithin(
  transaction: Transaction<Tables>,
  input: ApplySpecInput,
  agreement: AgreementOf,
): Promise<AppliedSpec> {
  requireReadable(input.spec);
  requireConsistent(input.spec);
  const current = await latestSpec(transaction, input.spec.model);
  return commandWithin(transaction, ...applyCommand(input, current, agreement));
}

type Effect = (transaction: Transaction<Tables>) => Promise<CommandOutcome<AppliedSpec>>;

/** @param current the spec in force when it was looked at; what counts is the one under the lock */
function applyCommand(
  input: ApplySpecInput,
  current: SpecRecord | null,
  agreement: AgreementOf,
): [CommandRequest, Effect] {
  const { spec, actor, reason } = input;
  const { model } = spec;
  const hash = hashValue(spec);
  // The number is part of the key: going back to an earlier spec is another command.
  const key = `spec:${model}:${String((current?.number ?? 0) + 1)}:${hash}`;
  return [
    { model, actor: actor.subject, command: 'apply-spec', key, businessAt: null, request: { spec } },
    async (transaction) => {
      const inForce = await latestSpec(transaction, model);
      if (inForce?.hash === hash) {
        return {
          result: { model, number: inForce.number, changed: false, loosened: inForce.loosened },
          facts: null,
        };
      }
      const loosened = inForce === null ? [] : loosenedFields(inForce.spec, spec);
      const { secondPerson, asDeputy } = agreement(input, loosened);
      const number = (inForce?.number ?? 0) + 1;
      await transaction
        .insertInto('specs')
        .values({
          ...{ model, number, hash, secondPerson, reason },
          spec: JSON.stringify(spec),
          author: actor.subject,
          loosened: [...loosened],
          secondAsDeputy: asDeputy,
        })
        .execute();
      const facts = { number, specHash: hash, loosened, secondPerson, reason };
      return {
        result: { model, number, changed: true, loosened },
        facts: asDeputy ? { ...facts, asDeputy } : facts,
      };
    },
  ];
}

export async function latestSpec(connection: Sql, model: string): Promise<SpecRecord | null> {
  const row = await connection
    .selectFrom('specs')
    .selectAll()
    .where('model', '=', model)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export function unknownModel(model: string): ModelUnknown {
  return new ModelUnknown(`there is no model ${model}`, {
    remedy: 'Apply its spec first: contender apply -f FILE',
    details: { model },
  });
}

/** Whoever calls this has read a file or a request already; what is stored outlives them, and guards depend on it. */
function requireReadable(spec: ModelSpec): void {
  const { success, error } = ModelSpec.safeParse(spec);
  if (success) return;
  const issues = error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new ContractViolation(`the spec of ${spec.model} does not fit: ${issues.join('; ')}`, {
    remedy: 'Every field with its default and unit is in docs/model-spec.md.',
    details: { issues },
  });
}

function requireConsistent(spec: ModelSpec): void {
  const contradictions = specContradictions(spec);
  if (contradictions.length === 0) return;
  throw new SpecContradicts(contradictions.map(({ text }) => text).join('; '), {
    remedy: 'Change one of the two fields; nothing was stored.',
    details: { fields: contradictions.map(({ fields }) => fields) },
  });
}

/** The second quant lead of a loosening. */
export function agreeing({ actor, secondPerson }: ApplySpecInput, loosened: readonly string[]): Agreement {
  if (loosened.length === 0) return { secondPerson: secondPerson?.subject ?? null, asDeputy: false };
  const agrees =
    secondPerson !== null &&
    secondPerson.subject !== actor.subject &&
    secondPerson.roles.includes('quant-lead');
  if (agrees) return { secondPerson: secondPerson.subject, asDeputy: false };
  throw new SecondPersonNeeded(`the spec loosens ${loosened.join(', ')}; a second quant lead has to agree`, {
    remedy:
      'Apply it with the token of another quant lead as second person, or propose it: contender apply --propose.',
    details: { loosened },
  });
}
