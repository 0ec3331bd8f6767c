import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('migrate')
    .description('bring the database to this release; safe to repeat and to run at many places at once')
    .addHelpText(
      'after',
      `
Examples:
  contender migrate
  CONTENDER_DATABASE_URL=postgres://contender@db/contender contender migrate --json

The embedded database is migrated by \`contender up\` itself.`,
    )
    .action(async () => {
      const { migrate } = await import('../../registry/migrator.ts');
      const progress = context.output.progress('Migrating the database');
      try {
        const report = await migrate({ url: context.endpoints().databaseUrl });
        progress.done();
        context.output.result(report, () =>
          report.applied.length === 0
            ? `The database is at ${report.version}; nothing to do.`
            : `Applied ${report.applied.join(', ')}.`,
        );
      } catch (error) {
        progress.done();
        throw error;
      }
    });
}
