import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';

const OLDEST = 24;

/**
 * The Node that the sources run on: this one if it is new enough, else the one among the packages. By its path, since not
 * every npm links it into `.bin`.
 */
export function pinnedNode(root) {
  if (Number(process.versions.node.split('.')[0]) >= OLDEST) return process.execPath;
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  const found = names.map((name) => join(root, 'node_modules', name, 'bin', 'node')).find(existsSync);
  if (found !== undefined) return found;
  throw new SetupFailure(
    `There is no Node ${OLDEST} among the packages for ${process.platform} on ${process.arch}.`,
    `Install Node ${OLDEST} or newer and run the command with it.`,
  );
}
