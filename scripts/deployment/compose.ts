import { parse } from 'yaml';
import { z } from 'zod';

/**
 * The part of the Compose specification that the deployment uses. Strict: a key that is misspelt is refused by name instead of
 * being ignored, which is what an engine does with some.
 */
const Text = z.union([z.string(), z.number()]).transform(String);
const Duration = z.string().regex(/^\d+(?:ms|s|m|h)$/u, 'a duration such as 10s');
const Size = z.string().regex(/^\d+[kmg]$/u, 'a size such as 512m');

const Health = z.strictObject({
  test: z.array(Text).min(2),
  interval: Duration,
  timeout: Duration,
  retries: z.int().min(1).max(100),
  start_period: Duration.optional(),
});

export const Service = z.strictObject({
  image: z.string().min(1),
  build: z.strictObject({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  user: z.string(),
  command: z.array(Text).default([]),
  entrypoint: z.array(Text).default([]),
  environment: z.record(z.string(), Text).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).min(1),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({ condition: z.enum(['service_healthy', 'service_completed_successfully']) }),
    )
    .default({}),
  healthcheck: Health.optional(),
  restart: z.enum(['unless-stopped', 'on-failure']),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.array(z.string()),
  pids_limit: z.int().min(16).max(4096),
  cpus: z.number().gt(0).max(64),
  cpu_shares: z.int().min(2).max(262_144).optional(),
  mem_limit: Size,
  shm_size: Size.optional(),
  stop_grace_period: Duration.optional(),
  logging: z.strictObject({
    driver: z.literal('json-file'),
    options: z.strictObject({ 'max-size': Size, 'max-file': z.string().regex(/^\d+$/u) }),
  }),
  deploy: z.strictObject({ replicas: z.int().min(1).max(64) }).optional(),
});
export type Service = z.infer<typeof Service>;

export const Compose = z.strictObject({
  name: z.string(),
  services: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/u), Service),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.strictObject({})),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});
export type Compose = z.infer<typeof Compose>;

/** Parses the file with its anchors merged. Gives what is wrong with it instead when it does not fit. */
export function readCompose(text: string): Compose | readonly string[] {
  let value: unknown;
  try {
    value = parse(text, { merge: true, uniqueKeys: true });
  } catch (error) {
    return [`docker-compose.yml is not YAML: ${error instanceof Error ? error.message : String(error)}`];
  }
  if (typeof value !== 'object' || value === null) return ['docker-compose.yml holds no fields'];
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
  const parsed = Compose.safeParse(own);
  if (parsed.success) return parsed.data;
  return parsed.error.issues.map((issue) => {
    const keys = issue.code === 'unrecognized_keys' ? `: ${issue.keys.join(', ')}` : '';
    return `${issue.path.map(String).join('.')}: ${issue.message}${keys}`;
  });
}
