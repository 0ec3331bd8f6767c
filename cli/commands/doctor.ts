import type { Command } from 'commander';
import { ContenderError } from '../../contracts/error.ts';
import { Market } from '../../contracts/primitives.ts';
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
  const config = context.config();
  const checks = [...(await examine(config)), ...(await checkCalendars(config.calendarDir))];
  const missing = checks.filter(({ ok }) => !ok);
  if (missing.length > 0 && context.output.json) {
    throw new PartMissing(summary(missing), { details: { checks } });
  }
  context.output.result({ ok: missing.length === 0, checks }, () => checks.map(describe).join('\n'));
  if (missing.length > 0)
    throw new PartMissing(summary(missing), { remedy: 'The lines above say what to do.' });
}

/** A calendar that nobody has reviewed is no broken part: it is told, and only a file that cannot be read is missing. */
async function checkCalendars(calendarDir: string): Promise<readonly DoctorCheck[]> {
  const { calendarNotice, REVIEW_REMEDY } = await import('../calendar-notices.ts');
  const check = async (market: Market): Promise<DoctorCheck> => {
    const name = `${market} calendar`;
    try {
      const notice = await calendarNotice(calendarDir, market);
      return notice === ''
        ? { name, ok: true, detail: 'reviewed far enough ahead', remedy: '' }
        : { name, ok: true, detail: `warning: ${notice}`, remedy: REVIEW_REMEDY };
    } catch (error) {
      if (!(error instanceof ContenderError)) throw error;
      return { name, ok: false, detail: error.message, remedy: error.remedy };
    }
  };
  return Promise.all(Market.options.map(check));
}

function describe({ name, ok, detail, remedy }: DoctorCheck): string {
  const line = `${ok ? 'ok     ' : 'MISSING'}  ${name.padEnd(17)} ${detail}`;
  return remedy === '' ? line : `${line}\n                           ${remedy}`;
}

function summary(missing: readonly DoctorCheck[]): string {
  return `Not in order: ${missing.map(({ name }) => name).join(', ')}`;
}
