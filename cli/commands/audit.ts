import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { ModelName, Sha256 } from '../../contracts/primitives.ts';
import type { AuditAnchor } from '../../registry/audit.ts';
import { AuditBroken } from '../../registry/errors.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

interface VerifyOptions {
  readonly anchor?: string;
  readonly exportAnchor?: string;
}

const Anchor = z.strictObject({
  schema: z.literal(1),
  heads: z.array(z.strictObject({ model: ModelName, seq: z.int().min(1), hash: Sha256 })),
  digest: Sha256,
});

const LISTED = 30;

export function register(program: Command, context: CliContext): void {
  const audit = program
    .command('audit')
    .description('who did what, when and why, in chains that nobody can mend');
  audit
    .command('verify')
    .argument('[model]', 'only this chain; default all')
    .description('walk the chains and say whether a row was edited, removed, reordered or cut off')
    .option('--anchor <file>', 'an anchor exported earlier: also finds rows that were cut off since')
    .option('--export-anchor <file>', 'write the heads of the verified chains, to be kept somewhere else')
    .addHelpText(
      'after',
      `
Examples:
  contender audit verify
  contender audit verify --export-anchor /mnt/vault/anchor.json
  contender audit verify --anchor /mnt/vault/anchor.json --json

Exit code 1 when a chain does not verify.`,
    )
    .action((model: string | undefined, options: VerifyOptions) => verify(context, model ?? null, options));
  audit
    .command('list')
    .argument('<model>', 'name of the model')
    .description(`the newest ${String(LISTED)} commands of a model`)
    .addHelpText(
      'after',
      `
Examples:
  contender audit list tw-alpha
  contender audit list tw-alpha --json`,
    )
    .action((model: string) => list(context, model));
}

async function verify(context: CliContext, model: string | null, options: VerifyOptions): Promise<void> {
  const anchor = options.anchor === undefined ? null : readAnchor(options.anchor);
  const progress = context.output.progress('Verifying the audit');
  const result = await withRegistry(context, (registry) => registry.verifyAudit({ model, anchor })).finally(
    () => {
      progress.done();
    },
  );
  const { firstBad } = result;
  if (firstBad !== null) {
    throw new AuditBroken(
      `the audit of ${firstBad.model === '' ? 'every model' : firstBad.model} does not verify at row ${String(firstBad.seq)}: ${firstBad.reason}`,
      {
        remedy: 'Keep the database as it is, compare it with a backup, and find out who could write to it.',
        details: { ...firstBad, verifiedRows: result.rows },
      },
    );
  }
  if (options.exportAnchor !== undefined) {
    writeFileSync(options.exportAnchor, `${JSON.stringify(result.anchor, undefined, 2)}\n`);
  }
  context.output.result(
    result,
    () =>
      `${String(result.rows)} rows of ${String(result.models)} chains verify${anchor === null ? '' : ', and hold everything the anchor has seen'}. Anchor ${result.anchor.digest}.`,
  );
}

async function list(context: CliContext, model: string): Promise<void> {
  const rows = await withRegistry(context, async (registry) => {
    await registry.currentSpec({ model });
    return registry.auditTrail({ model, limit: LISTED });
  });
  const listed = rows.map(({ body, ...row }) => ({
    ...row,
    facts: (JSON.parse(body) as { facts: unknown }).facts,
  }));
  context.output.result(listed, () =>
    table(
      ['row', 'when', 'who', 'command', 'hash'],
      listed.map(({ seq, recordedAt, actor, command, hash }) => [
        seq,
        recordedAt,
        actor,
        command,
        hash.slice(0, 12),
      ]),
    ),
  );
}

function readAnchor(file: string): AuditAnchor {
  try {
    return Anchor.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new UsageError(`${file} is not an anchor of the audit`, {
      cause,
      remedy: 'Give a file that --export-anchor has written.',
    });
  }
}
