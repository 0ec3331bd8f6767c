import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Compose, Service } from './compose.ts';

/** What a file says that may not stand there; empty: nothing. */
export type Findings = readonly string[];

/** What the deployment has to hold, and how many of it. */
const REQUIRED: Readonly<Record<string, number>> = {
  ...{
    postgres: 1,
    temporal: 1,
    'temporal-ui': 1,
    store: 1,
    migrate: 1,
    control: 1,
    evaluation: 1,
    sidecar: 2,
  },
  ...{ 'server-a': 1, 'server-b': 1, api: 1, edge: 1, prometheus: 1, alertmanager: 1, grafana: 1 },
  collector: 1,
};
/** Never reached from outside of the host's own network. */
const INSIDE_ONLY = [
  ...['postgres', 'temporal', 'store', 'evaluation', 'sidecar', 'server-a', 'server-b', 'api', 'collector'],
];
/** Images without anything that could ask; Prometheus has to look at these from outside. */
export const WITHOUT_HEALTHCHECK: readonly string[] = ['collector'];
const SECRET_NAME = /(?:PASSWORD|SECRET|TOKEN|_KEY|PWD|WEBHOOK)/u;
const NO_SECRET = /(?:_FILE|_ID|SERVER_TOKENS)$/u;
const DATA_FOLDER = '/var/lib/contender';

/** Rules over the whole file: what an engine would accept and nobody should run. */
export function composeRules(compose: Compose, root: string): Findings {
  const { services } = compose;
  const missing = Object.entries(REQUIRED).flatMap(([name, count]) => {
    const found = services[name];
    if (found === undefined) return [`services: ${name} is missing`];
    const replicas = found.deploy?.replicas ?? 1;
    return replicas < count ? [`services.${name}: ${String(count)} are needed, not ${String(replicas)}`] : [];
  });
  const each = Object.entries(services).flatMap(([name, service]) =>
    serviceRules(name, service, compose, root).map((finding) => `services.${name}: ${finding}`),
  );
  return [...missing, ...each, ...unusedParts(compose), ...cycles(services)];
}

function serviceRules(name: string, service: Service, compose: Compose, root: string): Findings {
  return [
    ...imageRules(service, root),
    ...(/^[1-9]\d*:\d+$/u.test(service.user)
      ? []
      : [`user ${service.user} is not the number of a user that is not root`]),
    ...(service.security_opt.includes('no-new-privileges:true') ? [] : ['may gain privileges']),
    ...(service.healthcheck === undefined &&
    service.restart === 'unless-stopped' &&
    !WITHOUT_HEALTHCHECK.includes(name)
      ? ['has no healthcheck']
      : []),
    ...environmentRules(service),
    ...service.ports.flatMap((port) =>
      /^127\.0\.0\.1:\d+:\d+$/u.test(port) ? [] : [`port ${port} is published beyond this host`],
    ),
    ...networkRules(name, service, compose),
    ...mountRules(service, compose, root),
    ...service.secrets.flatMap((secret) =>
      compose.secrets[secret] === undefined ? [`secret ${secret} is not declared`] : [],
    ),
    ...dependencyRules(service, compose),
  ];
}

function imageRules({ image, build }: Service, root: string): Findings {
  const [, tag = ''] = /:([^/]+)$/u.exec(image) ?? [];
  const pinned = /\d+\.\d+/u.test(tag) || /@sha256:[0-9a-f]{64}$/u.test(image);
  const built =
    build !== undefined && !existsSync(join(root, build.dockerfile))
      ? [`${build.dockerfile} is not there`]
      : [];
  return [...(pinned ? [] : [`image ${image} is not pinned to a version`]), ...built];
}

function environmentRules({ environment, secrets }: Service): Findings {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (/:\/\/[^/\s]*:[^/\s]*@/u.test(value)) return [`${name} holds a password in an address`];
    if (SECRET_NAME.test(name) && !NO_SECRET.test(name))
      return [`${name} holds a secret: mount it as a file`];
    const [, secret = ''] = /^\/run\/secrets\/(.+)$/u.exec(value) ?? [];
    return secret !== '' && !secrets.includes(secret)
      ? [`${name} names the secret ${secret}, which is not mounted`]
      : [];
  });
}

function networkRules(name: string, { networks, ports }: Service, compose: Compose): Findings {
  const unknown = networks.filter((network) => compose.networks[network] === undefined);
  const reached = networks.some((network) => compose.networks[network]?.internal === false);
  return [
    ...unknown.map((network) => `network ${network} is not declared`),
    ...(INSIDE_ONLY.includes(name) && (reached || ports.length > 0) ? ['can be reached from outside'] : []),
  ];
}

function mountRules(service: Service, compose: Compose, root: string): Findings {
  const found: string[] = [];
  for (const volume of service.volumes) {
    const [source = '', , mode = 'rw'] = volume.split(':');
    if (!source.startsWith('.') && !source.startsWith('/')) {
      if (compose.volumes[source] === undefined) found.push(`volume ${source} is not declared`);
      continue;
    }
    if (source.startsWith('/')) found.push(`${source} of the host is mounted`);
    else if (!existsSync(join(root, source))) found.push(`${source} is not there`);
    if (mode !== 'ro') found.push(`${source} can be written from within`);
  }
  for (const folder of service.tmpfs) {
    if (!/:(?:.*,)?size=\d+[kmg]/u.test(folder)) found.push(`tmpfs ${folder} has no size`);
  }
  const [first = ''] = service.command;
  const keeps = service.image.startsWith('contender:') && first !== 'migrate';
  const writable = [
    ...service.volumes.filter((volume) => !volume.endsWith(':ro')).map((volume) => volume.split(':')[1]),
    ...service.tmpfs.map((folder) => folder.split(':')[0]),
  ];
  if (keeps && !writable.includes(DATA_FOLDER)) found.push(`${DATA_FOLDER} cannot be written`);
  const copies = service.environment['CONTENDER_CHAMPION_BACKUP_DIR'] ?? DATA_FOLDER;
  const kept = service.volumes.some(
    (volume) => volume.split(':')[1] === copies && !volume.startsWith('.') && !volume.endsWith(':ro'),
  );
  if (first === 'worker' && service.command[1] === 'compute' && !kept)
    found.push(`copies of champions in ${copies} end with the container`);
  return found;
}

function dependencyRules({ depends_on: needs }: Service, { services }: Compose): Findings {
  return Object.entries(needs).flatMap(([other, { condition }]) => {
    const service = services[other];
    if (service === undefined) return [`depends on ${other}, which is no service`];
    const ends = service.restart === 'on-failure';
    if (condition === 'service_healthy' && service.healthcheck === undefined)
      return [`waits for the health of ${other}, which is not looked at`];
    if (condition === 'service_completed_successfully' && !ends)
      return [`waits for the end of ${other}, which does not end`];
    return [];
  });
}

function unusedParts({ services, volumes, secrets, networks }: Compose): Findings {
  const all = Object.values(services);
  const unused = (kind: string, names: readonly string[], used: ReadonlySet<string>): string[] =>
    names.filter((name) => !used.has(name)).map((name) => `${kind}.${name} is used by no service`);
  const open = Object.entries(secrets).flatMap(([name, { file }]) =>
    file.startsWith('./secrets/')
      ? []
      : [`secrets.${name}: ${file} is not below ./secrets, which git ignores`],
  );
  return [
    ...unused(
      'volumes',
      Object.keys(volumes),
      new Set(all.flatMap((one) => one.volumes.map((at) => at.split(':')[0] ?? ''))),
    ),
    ...unused('secrets', Object.keys(secrets), new Set(all.flatMap((one) => one.secrets))),
    ...unused('networks', Object.keys(networks), new Set(all.flatMap((one) => one.networks))),
    ...open,
  ];
}

function cycles(services: Compose['services']): Findings {
  const settled = new Set<string>();
  let left = Object.entries(services);
  for (;;) {
    const next = left.filter(([, { depends_on: needs }]) =>
      Object.keys(needs).some((other) => other in services && !settled.has(other)),
    );
    for (const [name] of left) if (!next.some(([other]) => other === name)) settled.add(name);
    if (next.length === left.length) break;
    left = next;
  }
  return left.length === 0 ? [] : [`services wait for each other: ${left.map(([name]) => name).join(', ')}`];
}
