import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { loadConfig, PROJECT_ROOT } from '../../config/config.ts';
import { option } from './options.ts';
import { chaosTable, type RetrainRecord } from './retrain/chaos-table.ts';

/**
 * Puts the results of the retrain's table into docs/chaos.md:
 *
 *   node tests/chaos/run-chaos-page.ts [--results FILE]
 */
const usual = `${loadConfig().dataDir}/chaos/retrain-seed-1.json`;
const { seed, cells } = JSON.parse(readFileSync(resolve(option('--results', usual)), 'utf8')) as {
  readonly seed: number;
  readonly cells: readonly RetrainRecord[];
};
const page = join(PROJECT_ROOT, 'docs', 'chaos.md');
const [BEGIN, END] = ['<!-- table -->', '<!-- end of table -->'];
const [before = '', rest = ''] = readFileSync(page, 'utf8').split(BEGIN);
const [, after = ''] = rest.split(END);
const written = `${before}${BEGIN}\n\n${chaosTable(cells, seed)}\n\n${END}${after}`;
writeFileSync(
  page,
  await format(written, { ...(await resolveConfig(page)), filepath: page, parser: 'markdown' }),
);
