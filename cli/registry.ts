import { openRegistry, type Registry } from '../registry/registry.ts';
import type { CliContext } from './context.ts';

/** Runs `use` on the registry of the running system, and closes it whatever happens. */
export async function withRegistry<T>(
  context: CliContext,
  use: (registry: Registry) => Promise<T>,
): Promise<T> {
  const registry = openRegistry({ url: context.endpoints().databaseUrl, applicationName: 'contender-cli' });
  try {
    return await use(registry);
  } finally {
    await registry.close();
  }
}
