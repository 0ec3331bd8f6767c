import type { Command } from 'commander';
import type { DoctorCheck } from '../../supervisor/doctor.ts';
import type { CliContext } from '../context.ts';
import { PartMissing } from '../errors.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('what this machine lacks, and how to get it; of a running system, what does not answer')
    .addHelpText(
      'after',
      `
Exit code 3 if anything is missing.

Examples:
  contender doctor
  contender doctor --json`,
    )
    .action(() => doctor(context));
}

async function doctor(context: CliContext): Promise<void> {
  const { examine } = await import('../../supervisor/doctor.ts');
  const checks = await examine(context.config());
  const missing = checks.filter(({ ok }) => !ok);
  if (missing.length > 0 && context.output.json) {
    throw new PartMissing(summary(missing), { details: { checks } });
  }
  context.output.result({ ok: missing.length === 0, checks }, () => checks.map(describe).join('\n'));
  if (missing.length > 0)
    throw new PartMissing(summary(missing), { remedy: 'The lines above say what to do.' });
}

function describe({ name, ok, detail, remedy }: DoctorCheck): string {
  const line = `${ok ? 'ok     ' : 'MISSING'}  ${name.padEnd(17)} ${detail}`;
  return remedy === '' ? line : `${line}\n                           ${remedy}`;
}

function summary(missing: readonly DoctorCheck[]): string {
  return `Not in order: ${missing.map(({ name }) => name).join(', ')}`;
}
