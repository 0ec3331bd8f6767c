import { createHash } from 'node:crypto';
import type pg from 'pg';

/** What processes were told and what was seen of them, in the order of the wall clock of whoever recorded it. */
export interface RecordedHistory {
  /** Commands whose answer arrived: what they answered must be in the registry for ever. */
  readonly acknowledged: readonly {
    readonly key: string;
    readonly model: string;
    readonly epoch: number;
    readonly versionId: string;
  }[];
  /** Answers of servers; of one server in the order in which they came. A restarted server goes on under its name. */
  readonly answers: readonly {
    readonly server: string;
    readonly model: string;
    readonly epoch: number;
    readonly versionId: string;
  }[];
  /** Readings of the champion, each of one statement. */
  readonly readings: readonly {
    readonly model: string;
    readonly epoch: number;
    readonly championId: string | null;
    readonly previousId: string | null;
  }[];
  /** Notifications that a receiver took, by key. */
  readonly deliveries: readonly { readonly key: string; readonly outcome: 'sent' | 'unknown' }[];
}

export interface Violation {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8';
  readonly what: string;
}

/**
 * Holds a registry and a recorded history against I1-I8 (docs/architecture.md). Everything is read as plain rows and judged
 * here: no function of the database and no code of registry/ takes part, so that a defect there cannot hide itself. Models
 * whose reigns were written past the commands (fixtures) are no subject of it.
 */
export async function violations(
  client: pg.Client,
  history: RecordedHistory,
  /** `as-it-stands`: inside of a transaction of the caller. */
  snapshot: 'its-own' | 'as-it-stands' = 'its-own',
): Promise<Violation[]> {
  if (snapshot === 'its-own') await client.query('begin isolation level repeatable read read only');
  const rows = await readRegistry(client);
  if (snapshot === 'its-own') await client.query('commit');
  return [
    ...oneChampion(rows, history),
    ...wholeEvidence(rows),
    ...oneAuditRow(rows, history),
    ...twoPeople(rows),
    ...epochsRise(rows, history),
    ...finalStates(rows),
    ...sentOnce(rows, history),
    ...nothingNeededDeleted(rows),
  ];
}

interface Reign {
  readonly model: string;
  readonly epoch: number;
  readonly version_id: string;
  readonly previous_id: string | null;
  readonly cause: string;
  readonly run: number | null;
  readonly decision_hash: string | null;
  readonly recorded_at: string;
  readonly audit_seq: number;
  readonly outbox_id: number;
}

interface Rows {
  readonly champions: readonly {
    model: string;
    epoch: number;
    champion_id: string | null;
    previous_id: string | null;
  }[];
  readonly reigns: readonly Reign[];
  readonly audit: readonly {
    model: string;
    seq: number;
    prev_hash: string;
    hash: string;
    body: string;
    command: string;
    idempotency_key: string;
  }[];
  readonly commands: readonly { key: string; model: string; result: Readonly<Record<string, unknown>> }[];
  readonly outbox: readonly {
    id: number;
    state: string;
    receipt: string | null;
    dedupe_key: string;
    channel: string;
    event: Readonly<Record<string, unknown>>;
  }[];
  readonly evidence: readonly {
    hash: string;
    kind: string;
    parent: string | null;
    verdict: string | null;
    body: string;
    run: number;
  }[];
  readonly decisions: readonly {
    hash: string;
    run: number;
    expected_epoch: number;
    requester: string;
    spec_author: string;
    four_eyes: boolean;
    approvers: number;
    expires_at: string;
  }[];
  readonly approvals: readonly {
    evidence_hash: string;
    subject: string;
    decision: string;
    decided_at: string;
  }[];
  readonly waivers: readonly { evidence_hash: string; subject: string; gate: string }[];
  readonly servers: readonly { server: string; model: string; epoch: number; version_id: string }[];
  readonly retrains: readonly { run: number; model: string; status: string; finished_at: string | null }[];
  readonly versions: readonly { id: string; model: string; state: string }[];
}

async function readRegistry(client: pg.Client): Promise<Rows> {
  const all = async (sql: string): Promise<never[]> => (await client.query(sql)).rows as never[];
  return {
    champions: await all('select model, epoch::int, champion_id, previous_id from champions'),
    reigns: await all(
      `select model, epoch::int, version_id, previous_id, cause, run::int, decision_hash, recorded_at::text, audit_seq::int,
         outbox_id::int from reigns order by model, epoch`,
    ),
    audit: await all(
      'select model, seq::int, prev_hash, hash, body, command, idempotency_key from audit order by model, seq',
    ),
    commands: await all('select key, model, result from commands'),
    outbox: await all('select id::int, state, receipt, dedupe_key, channel, event from outbox'),
    evidence: await all('select hash, kind, parent, verdict, body, run::int from evidence'),
    decisions: await all(
      `select hash, run::int, expected_epoch::int, requester, spec_author, four_eyes, approvers, expires_at::text from decisions`,
    ),
    approvals: await all('select evidence_hash, subject, decision, decided_at::text from approvals'),
    waivers: await all('select evidence_hash, subject, gate from waivers'),
    servers: await all('select server, model, epoch::int, version_id from server_epochs'),
    retrains: await all('select run::int, model, status, finished_at::text from retrains'),
    versions: await all('select id, model, state from versions'),
  };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const reignOf = (rows: Rows, model: string, epoch: number): Reign | undefined =>
  rows.reigns.find((reign) => reign.model === model && reign.epoch === epoch);
const violation = (invariant: Violation['invariant'], what: string): Violation => ({ invariant, what });

function oneChampion(rows: Rows, history: RecordedHistory): Violation[] {
  const found: Violation[] = [];
  for (const { model, epoch, champion_id, previous_id } of rows.champions) {
    const reigns = rows.reigns.filter((reign) => reign.model === model);
    if (reigns.some((reign, at) => reign.epoch !== at + 1))
      found.push(violation('I1', `${model}: epochs have a gap`));
    const newest = reigns.at(-1);
    const agrees =
      newest === undefined
        ? epoch === 0 && champion_id === null
        : newest.epoch === epoch && newest.version_id === champion_id && newest.previous_id === previous_id;
    if (!agrees) found.push(violation('I1', `${model}: the champion is not that of the newest reign`));
  }
  for (const reign of rows.reigns) {
    const name = `${reign.model} epoch ${String(reign.epoch)}`;
    const audit = rows.audit.find(({ model, seq }) => model === reign.model && seq === reign.audit_seq);
    const facts = audit === undefined ? {} : factsOf(audit.body);
    if (facts['epoch'] !== reign.epoch || facts['versionId'] !== reign.version_id) {
      found.push(violation('I1', `${name}: its audit row does not tell of it`));
    }
    if (!rows.outbox.some(({ id, event }) => id === reign.outbox_id && event['model'] === reign.model)) {
      found.push(violation('I1', `${name}: it was not announced`));
    }
  }
  for (const { model, epoch, championId, previousId } of history.readings) {
    if (epoch === 0 && championId === null) continue;
    const reign = reignOf(rows, model, epoch);
    if (reign?.version_id !== championId || reign.previous_id !== previousId) {
      found.push(violation('I1', `${model}: somebody read epoch ${String(epoch)} with parts of another`));
    }
  }
  return found;
}

function factsOf(body: string): Readonly<Record<string, unknown>> {
  const { facts } = JSON.parse(body) as { readonly facts?: Readonly<Record<string, unknown>> };
  return facts ?? {};
}

function wholeEvidence(rows: Rows): Violation[] {
  const byHash = new Map(rows.evidence.map((link) => [link.hash, link]));
  const found: Violation[] = [];
  for (const link of rows.evidence) {
    if (sha256(link.body) !== link.hash) found.push(violation('I2', `evidence ${link.hash} was changed`));
  }
  for (const reign of rows.reigns) {
    const name = `${reign.model} epoch ${String(reign.epoch)}`;
    if (reign.cause === 'rollback') {
      const before = rows.reigns.some(
        ({ model, epoch, version_id }) =>
          model === reign.model && epoch < reign.epoch && version_id === reign.version_id,
      );
      if (!before) found.push(violation('I2', `${name}: rolled back to what was never champion`));
      continue;
    }
    if (reign.cause === 'probation') {
      if (rows.reigns.some(({ model, epoch }) => model === reign.model && epoch < reign.epoch))
        found.push(violation('I2', `${name}: on probation after a champion`));
      continue;
    }
    const decision = byHash.get(reign.decision_hash ?? '');
    const shadow = byHash.get(decision?.parent ?? '');
    const gates = byHash.get(shadow?.parent ?? '');
    const kinds = [decision, shadow, gates].map((link) => link?.kind);
    if (kinds.join() !== 'decision,shadow,gate') {
      found.push(violation('I2', `${name}: its chain of evidence is not whole`));
      continue;
    }
    const waived = new Set(
      rows.waivers.filter(({ evidence_hash }) => evidence_hash === gates?.hash).map(({ subject }) => subject),
    );
    if (gates?.verdict !== 'pass' && waived.size < 2)
      found.push(violation('I2', `${name}: its gates did not pass`));
    if (shadow?.verdict !== 'pass') found.push(violation('I2', `${name}: its shadow did not pass`));
    if ([decision, shadow, gates].some((link) => link?.run !== reign.run))
      found.push(violation('I2', `${name}: its evidence is of another retrain`));
  }
  return found;
}

function oneAuditRow(rows: Rows, history: RecordedHistory): Violation[] {
  const found: Violation[] = [];
  const heads = new Map<string, { seq: number; hash: string }>();
  for (const row of rows.audit) {
    const name = `${row.model} row ${String(row.seq)}`;
    const head = heads.get(row.model) ?? { seq: 0, hash: '0'.repeat(64) };
    const said = JSON.parse(row.body) as Readonly<Record<string, unknown>>;
    const broken =
      row.seq !== head.seq + 1 ||
      row.prev_hash !== head.hash ||
      sha256(row.body) !== row.hash ||
      said['prev'] !== row.prev_hash ||
      said['seq'] !== row.seq ||
      said['idempotencyKey'] !== row.idempotency_key;
    if (broken) found.push(violation('I3', `${name}: the chain is broken`));
    heads.set(row.model, { seq: row.seq, hash: row.hash });
  }
  for (const { key, model } of rows.commands) {
    const count = rows.audit.filter((row) => row.idempotency_key === key && row.model === model).length;
    if (count !== 1) found.push(violation('I3', `command ${key} has ${String(count)} audit rows`));
  }
  for (const { key, model, epoch, versionId } of history.acknowledged) {
    const kept = rows.commands.find((command) => command.key === key);
    if (kept?.result['epoch'] !== epoch || kept.result['versionId'] !== versionId)
      found.push(violation('I3', `command ${key} was acknowledged and is not recorded as it was answered`));
    if (reignOf(rows, model, epoch)?.version_id !== versionId)
      found.push(violation('I3', `${model}: the acknowledged epoch ${String(epoch)} is lost`));
  }
  return found;
}

function twoPeople(rows: Rows): Violation[] {
  const found: Violation[] = [];
  for (const reign of rows.reigns) {
    if (reign.cause !== 'swap') continue;
    const name = `${reign.model} epoch ${String(reign.epoch)}`;
    const decision = rows.decisions.find(({ hash }) => hash === reign.decision_hash);
    if (decision === undefined) {
      found.push(violation('I4', `${name}: nobody was asked`));
      continue;
    }
    const signed = rows.approvals.filter(
      ({ evidence_hash, decision: word }) => evidence_hash === decision.hash && word === 'approve',
    );
    if (new Set(signed.map(({ subject }) => subject)).size < decision.approvers)
      found.push(violation('I4', `${name}: too few have signed`));
    const own = signed.some(
      ({ subject }) => subject === decision.requester || subject === decision.spec_author,
    );
    if (decision.four_eyes && own)
      found.push(violation('I4', `${name}: signed by who asked or wrote the spec`));
    const late = signed.some(({ decided_at }) => Date.parse(decided_at) > Date.parse(decision.expires_at));
    if (late) found.push(violation('I4', `${name}: signed after it had expired`));
    if (decision.expected_epoch !== reign.epoch - 1)
      found.push(violation('I4', `${name}: signed for another epoch`));
  }
  return found;
}

function epochsRise(rows: Rows, history: RecordedHistory): Violation[] {
  const found: Violation[] = [];
  for (const { server, model, epoch, version_id } of rows.servers) {
    if (reignOf(rows, model, epoch)?.version_id !== version_id)
      found.push(violation('I5', `${server} acknowledged what epoch ${String(epoch)} of ${model} is not`));
  }
  const highest = new Map<string, number>();
  for (const { server, model, epoch, versionId } of history.answers) {
    const key = `${server} ${model}`;
    if (epoch < (highest.get(key) ?? 0))
      found.push(
        violation('I5', `${server} answered for ${model} at epoch ${String(epoch)} after a higher one`),
      );
    highest.set(key, Math.max(epoch, highest.get(key) ?? 0));
    if (reignOf(rows, model, epoch)?.version_id !== versionId)
      found.push(violation('I5', `${server} answered for ${model} with what epoch ${String(epoch)} is not`));
  }
  return found;
}

function finalStates(rows: Rows): Violation[] {
  const found: Violation[] = [];
  const open = new Map<string, number>();
  for (const { run, model, status, finished_at } of rows.retrains) {
    if ((status === 'open') !== (finished_at === null))
      found.push(
        violation(
          'I6',
          `retrain ${String(run)} is ${status} and ${finished_at === null ? 'not' : ''} finished`,
        ),
      );
    if (status === 'open') open.set(model, (open.get(model) ?? 0) + 1);
    const reigns = rows.reigns.filter((reign) => reign.run === run && reign.cause !== 'rollback').length;
    if (reigns > 1) found.push(violation('I6', `retrain ${String(run)} opened ${String(reigns)} reigns`));
    if (status === 'promoted' && reigns !== 1)
      found.push(violation('I6', `retrain ${String(run)} says promoted and opened no reign`));
  }
  for (const [model, count] of open) {
    if (count > 1) found.push(violation('I6', `${model} has ${String(count)} open retrains`));
  }
  return found;
}

function sentOnce(rows: Rows, history: RecordedHistory): Violation[] {
  const found: Violation[] = [];
  const keys = new Set<string>();
  for (const { dedupe_key, channel } of rows.outbox) {
    const key = `${dedupe_key} for ${channel}`;
    if (keys.has(key)) found.push(violation('I7', `${key} stands twice in the outbox`));
    keys.add(key);
  }
  const sent = new Set<string>();
  for (const { key, outcome } of history.deliveries) {
    if (sent.has(key)) found.push(violation('I7', `${key} was delivered again after a recorded success`));
    if (outcome === 'sent') sent.add(key);
  }
  return found;
}

function nothingNeededDeleted(rows: Rows): Violation[] {
  const deleted = new Set(rows.versions.filter(({ state }) => state === 'deleted').map(({ id }) => id));
  const known = new Set(rows.versions.map(({ id }) => id));
  const found: Violation[] = [];
  for (const { model, champion_id, previous_id } of rows.champions) {
    for (const [role, id] of [
      ['champion', champion_id],
      ['previous champion', previous_id],
    ] as const) {
      if (id !== null && (deleted.has(id) || !known.has(id)))
        found.push(violation('I8', `${model}: its ${role} is deleted`));
    }
  }
  return found;
}
