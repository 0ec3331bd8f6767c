import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Compose } from './compose.ts';
import { type Findings, WITHOUT_HEALTHCHECK } from './compose-rules.ts';

/** Where each service of the file listens inside its network. */
const LISTENS: Readonly<Record<string, readonly number[]>> = {
  ...{
    control: [9464],
    evaluation: [9465],
    sidecar: [9466],
    'server-a': [8090],
    'server-b': [8090],
    api: [8080],
  },
  ...{ edge: [8443, 8081], prometheus: [9090], alertmanager: [9093], grafana: [3000], store: [7070] },
  collector: [4318, 8888],
  ...{ temporal: [7233], 'temporal-ui': [8233], postgres: [5432] },
};

const Target = z.strictObject({ targets: z.array(z.string()).min(1) });
const Scrape = z.strictObject({
  job_name: z.string(),
  metrics_path: z.string().optional(),
  static_configs: z.array(Target).optional(),
  dns_sd_configs: z
    .array(z.strictObject({ names: z.array(z.string()).min(1), type: z.literal('A'), port: z.int() }))
    .optional(),
  relabel_configs: z.array(z.strictObject({ target_label: z.string(), replacement: z.string() })).optional(),
});
const PrometheusFile = z.strictObject({
  global: z.strictObject({ scrape_interval: z.string(), evaluation_interval: z.string() }),
  rule_files: z.array(z.string()).min(1),
  alerting: z.strictObject({ alertmanagers: z.array(z.strictObject({ static_configs: z.array(Target) })) }),
  scrape_configs: z.array(Scrape).min(1),
});

/** Prometheus scrapes and alerts at services that are there, on the ports they listen at, and reads rules that are mounted. */
export function prometheusRules(text: string, compose: Compose, root: string): Findings {
  const parsed = PrometheusFile.safeParse(readYaml(text));
  if (!parsed.success)
    return parsed.error.issues.map(
      ({ path, message }) => `deploy/prometheus/prometheus.yml: ${path.join('.')}: ${message}`,
    );
  const { rule_files: rules, alerting, scrape_configs: scrapes } = parsed.data;
  const targets = [
    ...scrapes.flatMap((scrape) => [
      ...(scrape.static_configs ?? []).flatMap((one) => one.targets),
      ...(scrape.dns_sd_configs ?? []).flatMap(({ names, port }) =>
        names.map((name) => `${name}:${String(port)}`),
      ),
    ]),
    ...alerting.alertmanagers.flatMap((one) => one.static_configs.flatMap(({ targets: found }) => found)),
  ];
  const scraped = new Set(targets.map((target) => target.split(':')[0] ?? ''));
  const ours = Object.entries(compose.services).flatMap(([name, { image, restart }]) =>
    image.startsWith('contender') && restart === 'unless-stopped' && name !== 'store' && name !== 'api'
      ? [name]
      : [],
  );
  const mounts = compose.services['prometheus']?.volumes ?? [];
  return [
    ...targets.flatMap((target) => addressFindings(target, compose)),
    ...[...ours, 'edge', ...WITHOUT_HEALTHCHECK]
      .filter((name) => !scraped.has(name))
      .map((name) => `${name} is not scraped`),
    ...rules.flatMap((rule) => {
      const [source = ''] = mounts.find((mount) => mount.includes(`:${rule}`))?.split(':') ?? [];
      return source !== '' && existsSync(join(root, source)) ? [] : [`${rule} is not mounted`];
    }),
  ].map((finding) => `deploy/prometheus/prometheus.yml: ${finding}`);
}

const AlertmanagerFile = z.object({
  route: z.object({ receiver: z.string(), routes: z.array(z.object({ receiver: z.string() })).default([]) }),
  receivers: z.array(
    z.strictObject({
      name: z.string(),
      webhook_configs: z.array(z.strictObject({ url_file: z.string(), send_resolved: z.boolean() })).min(1),
    }),
  ),
});

/** Every route ends at a receiver, whose address is a secret that is mounted. */
export function alertmanagerRules(text: string, compose: Compose): Findings {
  const parsed = AlertmanagerFile.safeParse(readYaml(text));
  if (!parsed.success)
    return parsed.error.issues.map(
      ({ path, message }) => `deploy/alertmanager/alertmanager.yml: ${path.join('.')}: ${message}`,
    );
  const { route, receivers } = parsed.data;
  const known = receivers.map(({ name }) => name);
  const mounted = (compose.services['alertmanager']?.secrets ?? []).map((name) => `/run/secrets/${name}`);
  return [
    ...[route.receiver, ...route.routes.map(({ receiver }) => receiver)]
      .filter((name) => !known.includes(name))
      .map((name) => `no receiver is called ${name}`),
    ...receivers
      .flatMap(({ webhook_configs: hooks }) => hooks.map(({ url_file: file }) => file))
      .filter((file) => !mounted.includes(file))
      .map((file) => `${file} is not mounted`),
  ].map((finding) => `deploy/alertmanager/alertmanager.yml: ${finding}`);
}

const Parts = z.record(z.string(), z.unknown());
const CollectorFile = z.strictObject({
  receivers: z.strictObject({
    otlp: z.strictObject({ protocols: z.strictObject({ http: z.strictObject({ endpoint: z.string() }) }) }),
  }),
  processors: Parts.refine((parts) => 'memory_limiter' in parts, 'memory_limiter is missing'),
  exporters: Parts,
  service: z.strictObject({
    telemetry: z.strictObject({
      logs: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']) }),
      metrics: z.strictObject({
        readers: z.tuple([
          z.strictObject({
            pull: z.strictObject({
              exporter: z.strictObject({ prometheus: z.strictObject({ host: z.string(), port: z.int() }) }),
            }),
          }),
        ]),
      }),
    }),
    pipelines: z.strictObject({
      traces: z.strictObject({
        receivers: z.array(z.string()).min(1),
        processors: z.array(z.string()).min(1),
        exporters: z.array(z.string()).min(1),
      }),
    }),
  }),
});

/** The collector takes traces where processes send them, drops none for want of memory unseen, and uses only parts that it has. */
export function collectorRules(text: string, compose: Compose): Findings {
  const parsed = CollectorFile.safeParse(readYaml(text));
  if (!parsed.success)
    return parsed.error.issues.map(
      ({ path, message }) => `deploy/otel/collector.yml: ${path.join('.')}: ${message}`,
    );
  const { receivers, processors, exporters, service } = parsed.data;
  const { traces } = service.pipelines;
  const { host, port } = service.telemetry.metrics.readers[0].pull.exporter.prometheus;
  const parts = [
    ['receivers', Object.keys(receivers), traces.receivers],
    ['processors', Object.keys(processors), traces.processors],
    ['exporters', Object.keys(exporters), traces.exporters],
  ] as const;
  const sent = Object.entries(compose.services).flatMap(([name, { environment }]) => {
    const address = environment['CONTENDER_OTLP_ENDPOINT'];
    if (address === undefined) return [];
    return addressFindings(new URL(address).host, compose).map(
      (finding) => `${name} sends traces: ${finding}`,
    );
  });
  return [
    ...parts.flatMap(([kind, there, used]) => [
      ...used.filter((name) => !there.includes(name)).map((name) => `${kind}: there is no ${name}`),
      ...there.filter((name) => !used.includes(name)).map((name) => `${kind}: ${name} is in no pipeline`),
    ]),
    ...(traces.processors[0] === 'memory_limiter' ? [] : ['memory_limiter is not the first processor']),
    ...[receivers.otlp.protocols.http.endpoint, `${host}:${String(port)}`]
      .filter((address) => !LISTENS['collector']?.some((at) => address === `0.0.0.0:${String(at)}`))
      .map((address) => `nobody looks for it at ${address}`),
    ...sent,
  ].map((finding) => `deploy/otel/collector.yml: ${finding}`);
}

/** The proxy balances over both servers, keeps /metrics to itself, speaks TLS, and leads to what is there. */
export function nginxRules(text: string, compose: Compose): Findings {
  const code = text.replace(/#.*$/gmu, '');
  const unbalanced = (code.match(/\{/gu)?.length ?? 0) !== (code.match(/\}/gu)?.length ?? 0);
  const upstreams = [...code.matchAll(/upstream (\w+) \{([^}]*)\}/gu)].map(([, name = '', body = '']) => ({
    name,
    servers: [...body.matchAll(/server ([\w-]+:\d+)/gu)].map(([, address = '']) => address),
  }));
  const passed = [...code.matchAll(/proxy_pass http:\/\/(\w+)/gu)].map(([, name = '']) => name);
  const secrets = compose.services['edge']?.secrets ?? [];
  return [
    ...(unbalanced ? ['braces do not match'] : []),
    ...(/[^;{}\s]\s*\n\s*[}]/u.test(code) ? ['a directive lacks its semicolon'] : []),
    ...upstreams.flatMap(({ servers }) => servers.flatMap((address) => addressFindings(address, compose))),
    ...passed
      .filter((name) => !upstreams.some((one) => one.name === name))
      .map((name) => `no upstream is called ${name}`),
    ...(['server-a:8090', 'server-b:8090'].every((address) =>
      upstreams.find(({ name }) => name === 'predictions')?.servers.includes(address),
    )
      ? []
      : ['predictions are not balanced over both servers']),
    ...(/listen 8443 ssl;/u.test(code) ? [] : ['the door has no TLS']),
    ...(/ssl_protocols TLSv1\.2 TLSv1\.3;/u.test(code)
      ? []
      : ['older protocols than TLS 1.2 are not refused']),
    ...['edge_certificate', 'edge_certificate_key'].flatMap((name) =>
      code.includes(`/run/secrets/${name};`) && secrets.includes(name) ? [] : [`${name} is not used`],
    ),
    ...(/location = \/metrics \{\s*return 404;/u.test(code) &&
    /location = \/predictions\/metrics \{\s*return 404;/u.test(code)
      ? []
      : ['metrics are open to everybody']),
  ].map((finding) => `deploy/nginx/nginx.conf: ${finding}`);
}

function addressFindings(address: string, { services }: Compose): Findings {
  const [name = '', port = ''] = address.split(':');
  if (services[name] === undefined) return [`${address}: there is no service ${name}`];
  return LISTENS[name]?.includes(Number(port)) === true ? [] : [`${name} does not listen at ${port}`];
}

function readYaml(text: string): unknown {
  try {
    return parse(text, { uniqueKeys: true }) as unknown;
  } catch {
    return null;
  }
}
