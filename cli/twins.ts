/**
 * What the control API offers for each command of the command line: an operation, or the reason why there is none. docs/api.md has the
 * table that is made from this; a test compares it with the commands and with the operations.
 */
export type Twin =
  { readonly operations: readonly string[]; readonly also: string } | { readonly none: string };

const by = (...operations: readonly string[]): Twin => ({ operations, also: '' });
/** At addresses that are no operations of the document, since they answer with no JSON. */
const at = (address: string): Twin => ({ operations: [], also: address });
const none = (reason: string): Twin => ({ none: reason });

const PROCESS = 'it is a process of this machine';
const FILES = 'it computes on files of this machine and changes nothing of the system';
const DATA = 'the market data folder belongs to the machines that read it';
const MACHINE = 'whoever restores or deletes needs the machine, also while the API is away';

/** By the words of the command. */
export const TWINS: Readonly<Record<string, Twin>> = {
  up: none(PROCESS),
  demo: none(PROCESS),
  serve: none(PROCESS),
  worker: none(PROCESS),
  doctor: none('it looks at this machine; `getHealth` says how the system is'),
  'config print': none('it shows the settings and secrets’ places of this machine'),
  migrate: none(MACHINE),
  apply: by('applySpec', 'getSpec', 'listSpecs', 'getSpecByNumber'),
  'proposals list': by('listSpecProposals'),
  'proposals show': by('getSpecProposal'),
  'proposals agree': by('decideSpecProposal'),
  'proposals reject': by('decideSpecProposal'),
  'data check': none(DATA),
  'data import': none(DATA),
  'data append': none(DATA),
  'data quality': none(DATA),
  'data simulate': none(DATA),
  'data stylised-facts': none(DATA),
  'data join': none(DATA),
  extract: none(DATA),
  'features list': none(FILES),
  'features check': none(FILES),
  calendar: by('getMarketClock'),
  market: none('rules of a market are part of the release: docs/markets.md'),
  retrain: by('startRetrain'),
  reproduce: none('it trains again for as long as a training takes, on the machine that asks'),
  'report retrain': at('`GET /retrains/{retrain}/report`'),
  'report monthly': at('`GET /models/{model}/reports/monthly`'),
  'report incident': at('`GET /models/{model}/reports/incident`'),
  status: by('listModels', 'getModel', 'listRetrains', 'getRetrain', 'getRetrainState', 'listSchedules'),
  approve: by('decideRetrain', 'listApprovals'),
  reject: by('decideRetrain'),
  'objection raise': by('raiseObjection'),
  'objection withdraw': by('answerObjection'),
  'objection overrule': by('answerObjection'),
  'objection list': by('getRetrain'),
  waive: by('waiveGate', 'listOpenWaivers'),
  versions: by('listVersions'),
  show: by('getRetrain', 'getEvidence', 'getVersion'),
  lineage: by('getVersionLineage', 'getSnapshotLineage'),
  champion: by('championAt', 'listReigns', 'getServers'),
  challengers: by('listChallengers', 'addChallenger', 'endChallenger'),
  comparison: by('getComparison'),
  rollback: by('rollBack'),
  'drill rollback': by('startDrill'),
  'drill list': by('listDrills'),
  freeze: by('setFreeze', 'getFreeze'),
  unfreeze: by('setFreeze'),
  side: by('setSide', 'getSide'),
  score: by('startScoring', 'listScores'),
  'schedules list': by('listSchedules'),
  'schedules pause': by('commandSchedule'),
  'schedules resume': by('commandSchedule'),
  'schedules trigger': by('commandSchedule'),
  convert: none(FILES),
  register: by('storeArtifact', 'registerVersion'),
  'gates calibrate': none(FILES),
  'gates budget': by('getErrorBudget'),
  'gates evaluate': none(FILES),
  'gates explain': by('getGateReport', 'listFigures'),
  'gates recompute': none('it judges again on the machine that asks, to compare with the record'),
  'gates retry': by('answerGateHold'),
  'gates stop': by('answerGateHold'),
  'gates refuse': by('refuseWaivers', 'listOpenWaivers'),
  'trials list': by('listTrials', 'listStructuralChanges'),
  'trials declare-change': by('declareStructuralChange'),
  results: by('listResults', 'getTrack'),
  health: by('listWatchedSessions'),
  'decay history': by('listWatchedSessions'),
  'decay evaluate': none(FILES),
  'alerts list': by('listAlerts', 'getAlert', 'getRunbook'),
  'alerts history': by('listAlertDeliveries'),
  'alerts quality': by('getAlertQuality'),
  'alerts ack': by('acknowledgeAlert'),
  'alerts judge': by('judgeAlert'),
  'alerts silence': by('createSilence'),
  'alerts unsilence': by('expireSilence'),
  'alerts silences': by('listSilences'),
  'alerts check': none('it reads a file of this machine'),
  'alerts test': by('raiseTestAlert'),
  'oncall show': by('getOnCall'),
  'oncall add': by('addShift'),
  'oncall remove': by('removeShift'),
  'audit verify': by('verifyAudit'),
  'audit list': by('listAudit'),
  backup: none(MACHINE),
  restore: none(MACHINE),
  'restore champion': none(MACHINE),
  'restore reconcile': none(MACHINE),
  gc: none(MACHINE),
  pin: by('setPin', 'listPins'),
  'token create': none('it signs with the key file of this machine; over HTTP the identity provider does'),
  'token break-glass': none('it signs with the key file of this machine'),
  'token revoke': by('revokeToken', 'listRefusedAttempts'),
};

/** The commands that can be given, by their words, in the order of `--help`. */
export function leafCommands(program: CommandLike): readonly string[] {
  const words = (command: CommandLike, before: string): readonly string[] => {
    const own = `${before} ${command.name()}`.trim();
    const below = command.commands.flatMap((child) => words(child, own));
    // A group that takes options of its own is a command too: `restore`.
    return command.commands.length === 0 || command.options.length > 0 ? [own, ...below] : below;
  };
  return program.commands.flatMap((child) => words(child, ''));
}

interface CommandLike {
  name(): string;
  readonly commands: readonly CommandLike[];
  readonly options: readonly unknown[];
}

/** The table of docs/api.md, as Markdown. */
export function twinTable(names: readonly string[]): string {
  const rows = names.map((name) => {
    const twin = TWINS[name];
    if (twin === undefined) return `| \`${name}\` | |`;
    if ('none' in twin) return `| \`${name}\` | – ${twin.none} |`;
    const operations = twin.operations.map((id) => `\`${id}\``);
    return `| \`${name}\` | ${[...operations, ...(twin.also === '' ? [] : [twin.also])].join(', ')} |`;
  });
  return ['| command | over HTTP |', '| --- | --- |', ...rows].join('\n');
}
