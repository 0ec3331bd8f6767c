import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailed, runCommand } from './command.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { hashFiles, readStamp, writeStamp } from './stamp.mjs';

const SOURCES = 'dashboards/web';
/** Sentences of the record as pages tell them. */
const WORDING = 'contracts/wording';

/** What the pages are built from, and whether they are built from just that. */
export function dashboardPages(root) {
  if (!existsSync(join(root, SOURCES, 'index.html'))) return { fresh: true };
  const folder = join(root, SOURCES, 'dist');
  const contents = {
    sources: hashFiles(root, ['package-lock.json', ...filesOf(root, SOURCES), ...filesOf(root, WORDING)]),
  };
  return { folder, contents, fresh: readStamp(folder).sources === contents.sources };
}

/**
 * Builds the pages. One that cannot be built is said and leaves everything else at work: a rollback from the command line
 * must not hang on a picture.
 */
export async function buildDashboard(root, { folder, contents }, progress, signal) {
  progress.step('Dashboard', 'building');
  const program = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  try {
    await runCommand(pinnedNode(root), [program, 'build', SOURCES, '--logLevel', 'error'], {
      cwd: root,
      env: process.env,
      signal,
    });
    writeStamp(folder, contents);
    progress.step('Dashboard', 'done');
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    progress.step('Dashboard', 'not built');
    console.error(`The dashboard could not be built; everything else works.\n${error.output}`);
  }
}

function filesOf(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => name !== 'dist')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesOf(root, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
    );
}
