import type { Command } from 'commander';
import { register as alerts } from './commands/alerts.ts';
import { register as apply } from './commands/apply.ts';
import { register as audit } from './commands/audit.ts';
import { register as backup } from './commands/backup.ts';
import { register as calendar } from './commands/calendar.ts';
import { register as challengers } from './commands/challengers.ts';
import { register as champion } from './commands/champion.ts';
import { register as comparison } from './commands/comparison.ts';
import { register as config } from './commands/config.ts';
import { register as data } from './commands/data.ts';
import { register as decay } from './commands/decay.ts';
import { register as decide } from './commands/decide.ts';
import { register as demo } from './commands/demo.ts';
import { register as doctor } from './commands/doctor.ts';
import { register as drill } from './commands/drill.ts';
import { register as extract } from './commands/extract.ts';
import { register as features } from './commands/features.ts';
import { register as freeze } from './commands/freeze.ts';
import { register as gates } from './commands/gates.ts';
import { register as gc } from './commands/gc.ts';
import { register as health } from './commands/health.ts';
import { register as lineage } from './commands/lineage.ts';
import { register as market } from './commands/market.ts';
import { register as migrate } from './commands/migrate.ts';
import { register as objection } from './commands/objection.ts';
import { register as oncall } from './commands/oncall.ts';
import { register as proposals } from './commands/proposals.ts';
import { register as registerModel } from './commands/register.ts';
import { register as report } from './commands/report.ts';
import { register as reproduce } from './commands/reproduce.ts';
import { register as results } from './commands/results.ts';
import { register as retrain } from './commands/retrain.ts';
import { register as rollback } from './commands/rollback.ts';
import { register as convert } from './commands/convert.ts';
import { register as schedules } from './commands/schedules.ts';
import { register as score } from './commands/score.ts';
import { register as serve } from './commands/serve.ts';
import { register as show } from './commands/show.ts';
import { register as side } from './commands/side.ts';
import { register as status } from './commands/status.ts';
import { register as token } from './commands/token.ts';
import { register as trials } from './commands/trials.ts';
import { register as up } from './commands/up.ts';
import { register as versions } from './commands/versions.ts';
import { register as waive } from './commands/waive.ts';
import { register as worker } from './commands/worker.ts';
import type { CliContext } from './context.ts';

/** Adds one command with its options, help and examples. A module loads its heavy parts inside the action. */
export type RegisterCommand = (program: Command, context: CliContext) => void;

/** In the order in which `--help` lists them. */
export const COMMANDS: readonly RegisterCommand[] = [
  up,
  demo,
  doctor,
  config,
  migrate,
  apply,
  proposals,
  data,
  calendar,
  market,
  extract,
  features,
  retrain,
  reproduce,
  report,
  status,
  decide,
  objection,
  waive,
  versions,
  show,
  lineage,
  champion,
  challengers,
  comparison,
  rollback,
  drill,
  freeze,
  side,
  score,
  schedules,
  convert,
  registerModel,
  serve,
  worker,
  gates,
  trials,
  results,
  health,
  decay,
  alerts,
  oncall,
  audit,
  backup,
  gc,
  token,
];
