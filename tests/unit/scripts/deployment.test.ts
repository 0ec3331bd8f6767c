import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { checkDeployment, type Deployment, readDeployment } from '../../../scripts/deployment/check.ts';

const SHIPPED = readDeployment(PROJECT_ROOT);

/** The deployment with one text of one file exchanged; a text that is not there would make a mutation that changes nothing. */
function mutated(file: keyof Deployment, from: string, to: string): Deployment {
  if (!SHIPPED[file].includes(from)) throw new Error(`${file} does not hold: ${from}`);
  return { ...SHIPPED, [file]: SHIPPED[file].replace(from, to) };
}

interface Mutation {
  readonly what: string;
  readonly file: keyof Deployment;
  readonly from: string;
  readonly to: string;
  /** What the validator says. */
  readonly refusal: RegExp;
}

const MUTATIONS: readonly Mutation[] = [
  ...[
    {
      what: 'an image that moves',
      from: 'postgres:17.6-bookworm',
      to: 'postgres:latest',
      refusal: /services\.postgres: image postgres:latest is not pinned/u,
    },
    {
      what: 'root',
      from: "user: '999:999'",
      to: "user: '0:0'",
      refusal: /services\.postgres: user 0:0 is not the number/u,
    },
    {
      what: 'a root that can be written',
      from: '  read_only: true\n',
      to: '  read_only: false\n',
      refusal: /read_only/u,
    },
    { what: 'capabilities', from: '  cap_drop: [ALL]\n', to: '  cap_drop: []\n', refusal: /cap_drop/u },
    { what: 'privileges', from: "['no-new-privileges:true']", to: '[]', refusal: /may gain privileges/u },
    {
      what: 'a privileged container',
      from: '  cap_drop: [ALL]\n',
      to: '  cap_drop: [ALL]\n  privileged: true\n',
      refusal: /Unrecognized key.*privileged/u,
    },
    {
      what: 'a database beyond the host',
      from: '    shm_size: 256m\n',
      to: "    shm_size: 256m\n    ports: ['0.0.0.0:5432:5432']\n",
      refusal: /services\.postgres: port 0\.0\.0\.0:5432:5432 is published beyond/u,
    },
    {
      what: 'a database beyond its network',
      from: '    shm_size: 256m\n    networks: [inside]',
      to: '    shm_size: 256m\n    networks: [inside, outside]',
      refusal: /services\.postgres: can be reached from outside/u,
    },
    {
      what: 'a dashboard of metrics beyond the host',
      from: "ports: ['127.0.0.1:3000:3000']",
      to: "ports: ['3000:3000']",
      refusal: /services\.grafana: port 3000:3000 is published beyond/u,
    },
    {
      what: 'a network that is not closed',
      from: 'inside: { internal: true }',
      to: 'inside: { internal: false }',
      refusal: /can be reached from outside/u,
    },
    {
      what: 'a password in an address',
      from: '  CONTENDER_DATABASE_URL_FILE: /run/secrets/database_url\n',
      to: '  CONTENDER_DATABASE_URL: postgres://contender:hunter2@postgres/contender\n',
      refusal: /CONTENDER_DATABASE_URL holds a password/u,
    },
    {
      what: 'a password in the environment',
      from: 'POSTGRES_PASSWORD_FILE: /run/secrets/database_password',
      to: 'POSTGRES_PASSWORD: hunter2',
      refusal: /POSTGRES_PASSWORD holds a secret/u,
    },
    {
      what: 'a secret that is not mounted',
      from: '    secrets: [grafana_admin_password]\n',
      to: '',
      refusal: /grafana_admin_password, which is not mounted/u,
    },
    {
      what: 'a secret that git keeps',
      from: './secrets/s3_secret',
      to: './deploy/s3_secret',
      refusal: /is not below \.\/secrets/u,
    },
    {
      what: 'no healthcheck',
      from: "    healthcheck: { <<: *beat, test: [CMD, node, /app/deploy/healthcheck.mjs, '9464', /health] }\n",
      to: '',
      refusal: /services\.control: has no healthcheck/u,
    },
    {
      what: 'no memory limit',
      from: '    mem_limit: 12g\n',
      to: '',
      refusal: /services\.evaluation\.mem_limit/u,
    },
    {
      what: 'no processor limit',
      from: '    cpus: 2\n    mem_limit: 12g\n',
      to: '    mem_limit: 12g\n',
      refusal: /services\.evaluation\.cpus/u,
    },
    {
      what: 'no restart',
      from: '  restart: unless-stopped\n  pids_limit',
      to: '  pids_limit',
      refusal: /restart/u,
    },
    {
      what: 'a dependency on nothing',
      from: '{ temporal: { condition: service_healthy }, store: { condition: service_healthy } }',
      to: '{ temporall: { condition: service_healthy } }',
      refusal: /depends on temporall, which is no service/u,
    },
    {
      what: 'workers before the migration',
      from: '  migrate: { condition: service_completed_successfully }\n',
      to: '  migrate: { condition: service_healthy }\n',
      refusal: /waits for the health of migrate, which is not looked at/u,
    },
    {
      what: 'a circle',
      from: '    depends_on: { postgres: { condition: service_healthy } }\n    healthcheck: { <<: *beat, test: [CMD, temporal',
      to: '    depends_on: { temporal-ui: { condition: service_healthy } }\n    healthcheck: { <<: *beat, test: [CMD, temporal',
      refusal: /services wait for each other: .*temporal/u,
    },
    {
      what: 'a command that is not there',
      from: 'command: [worker, compute]',
      to: 'command: [worker, evaluation]',
      refusal: /contender worker evaluation: one of control, compute/u,
    },
    {
      what: 'a command misspelt',
      from: 'command: [migrate]',
      to: 'command: [migrat]',
      refusal: /contender has no command migrat/u,
    },
    {
      what: 'an option that is not there',
      from: "command: [serve, --name, server-a, --port, '8090']",
      to: "command: [serve, --name, server-a, --prt, '8090']",
      refusal: /does not know --prt/u,
    },
    {
      what: 'a setting that is not there',
      from: '  CONTENDER_TRUSTED_PROXIES: private',
      to: '  CONTENDER_TRUSTED_PROXY: private',
      refusal: /Unknown environment variable CONTENDER_TRUSTED_PROXY/u,
    },
    {
      what: 'a setting without meaning',
      from: 'CONTENDER_TRUSTED_PROXIES: private',
      to: 'CONTENDER_TRUSTED_PROXIES: everybody',
      refusal: /trustedProxies/u,
    },
    {
      what: 'a setting the sidecar does not have',
      from: "CONTENDER_TRAINING_CONCURRENCY: '2'",
      to: "CONTENDER_TRAINING_WORKERS: '2'",
      refusal: /the sidecar has no setting CONTENDER_TRAINING_WORKERS/u,
    },
    {
      what: 'one sidecar',
      from: 'replicas: 2',
      to: 'replicas: 1',
      refusal: /services\.sidecar: 2 are needed, not 1/u,
    },
    {
      what: 'a folder of the host',
      from: "volumes: ['objects:/objects']",
      to: "volumes: ['/srv/objects:/objects']",
      refusal: /\/srv\/objects of the host is mounted/u,
    },
    {
      what: 'a file that can be written from within',
      from: './deploy/nginx/nginx.conf:/etc/nginx/nginx.conf:ro',
      to: './deploy/nginx/nginx.conf:/etc/nginx/nginx.conf',
      refusal: /can be written from within/u,
    },
    {
      what: 'nowhere to keep anything',
      from: ", 'control:/var/lib/contender']",
      to: ']',
      refusal: /services\.control: \/var\/lib\/contender cannot be written/u,
    },
    {
      what: 'memory without a bound',
      from: "tmpfs: ['/tmp:size=64m']\n    ports: ['127.0.0.1:3000",
      to: "tmpfs: ['/tmp']\n    ports: ['127.0.0.1:3000",
      refusal: /tmpfs \/tmp has no size/u,
    },
    {
      what: 'a key misspelt',
      from: '    stop_grace_period: 60s\n',
      to: '    stop_grace_periode: 60s\n',
      refusal: /stop_grace_periode/u,
    },
    {
      what: 'copies of champions that end with the container',
      from: ", 'champions:/var/lib/contender-champions']",
      to: ", 'champions:/elsewhere']",
      refusal: /services\.evaluation: copies of champions in .* end with the container/u,
    },
    {
      what: 'a door to the collector',
      from: '    networks: [inside]\n    cpus: 0.5\n    mem_limit: 512m\n',
      to: '    networks: [inside, outside]\n    cpus: 0.5\n    mem_limit: 512m\n',
      refusal: /services\.collector: can be reached from outside/u,
    },
    {
      what: 'traces sent to nobody',
      from: '  CONTENDER_OTLP_ENDPOINT: http://collector:4318\n',
      to: '  CONTENDER_OTLP_ENDPOINT: http://collector:4317\n',
      refusal: /control sends traces: collector does not listen at 4317/u,
    },
    {
      what: 'broken YAML',
      from: 'name: contender\n',
      to: 'name: contender\nname: twice\n',
      refusal: /not YAML/u,
    },
  ].map((mutation) => ({ file: 'compose' as const, ...mutation })),
  ...[
    {
      what: 'an image that runs as root',
      from: 'COPY --from=pages /app/dashboards/web/dist ./dashboards/web/dist\nUSER 10001:10001\n',
      to: 'COPY --from=pages /app/dashboards/web/dist ./dashboards/web/dist\n',
      refusal: /stage contender ends as root/u,
    },
    {
      what: 'a base that moves',
      from: 'FROM python:3.11.14-slim-bookworm AS sidecar',
      to: 'FROM python:latest AS sidecar',
      refusal: /python:latest is not pinned/u,
    },
    {
      what: 'a source that is fetched',
      from: 'COPY migrations ./migrations',
      to: 'ADD https://example.org/migrations.tar.gz ./migrations',
      refusal: /COPY instead of ADD/u,
    },
    {
      what: 'a folder that is gone',
      from: 'COPY gates ./gates',
      to: 'COPY gate ./gates',
      refusal: /gate is not there/u,
    },
    {
      what: 'packages beside the lock',
      from: 'npm ci --omit=dev',
      to: 'npm install --omit=dev',
      refusal: /npm ci, which keeps to the lock/u,
    },
    { what: 'scripts of packages', from: ' --ignore-scripts', to: '', refusal: /runs scripts of packages/u },
    {
      what: 'wheels without hashes',
      from: ' --require-hashes',
      to: '',
      refusal: /pip without --require-hashes/u,
    },
    {
      what: 'a secret in the image',
      from: 'ENV NODE_ENV=production',
      to: 'ENV S3_SECRET=hunter2 NODE_ENV=production',
      refusal: /a secret in the image/u,
    },
    {
      what: 'a stage that is not there',
      from: 'AS store',
      to: 'AS storage',
      refusal: /stage store, which docker-compose\.yml builds, is not there/u,
    },
    {
      what: 'an instruction misspelt',
      from: 'WORKDIR /app/sidecar',
      to: 'WORKDIRR /app/sidecar',
      refusal: /Unknown instruction: WORKDIRR/u,
    },
  ].map((mutation) => ({ file: 'dockerfile' as const, ...mutation })),
  ...[
    {
      what: 'a server that is gone',
      from: 'server server-b:8090 max_fails=2 fail_timeout=5s;',
      to: '',
      refusal: /not balanced over both servers/u,
    },
    {
      what: 'a port nobody listens at',
      from: 'server api:8080;',
      to: 'server api:8081;',
      refusal: /api does not listen at 8081/u,
    },
    {
      what: 'a door without TLS',
      from: 'listen 8443 ssl;',
      to: 'listen 8443;',
      refusal: /the door has no TLS/u,
    },
    {
      what: 'open metrics',
      from: 'location = /predictions/metrics {\n      return 404;',
      to: 'location = /predictions/metrics {\n      return 200;',
      refusal: /metrics are open to everybody/u,
    },
    {
      what: 'a brace too few',
      from: '    location = /alive {',
      to: '    location = /alive ',
      refusal: /braces do not match/u,
    },
  ].map((mutation) => ({ file: 'nginx' as const, ...mutation })),
  ...[
    {
      what: 'a process nobody watches',
      from: "'evaluation:9465', ",
      to: '',
      refusal: /evaluation is not scraped/u,
    },
    {
      what: 'a target that is not there',
      from: "'control:9464'",
      to: "'controll:9464'",
      refusal: /there is no service controll/u,
    },
    {
      what: 'rules that are not mounted',
      from: '/etc/prometheus/contender-rules.yml',
      to: '/etc/prometheus/rules.yml',
      refusal: /rules\.yml is not mounted/u,
    },
    {
      what: 'a collector that nobody looks at',
      from: "  - job_name: collector\n    static_configs: [{ targets: ['collector:8888'] }]\n",
      to: '',
      refusal: /collector is not scraped/u,
    },
  ].map((mutation) => ({ file: 'prometheus' as const, ...mutation })),
  ...[
    {
      what: 'a collector that runs out of memory',
      from: 'processors: [memory_limiter, batch]',
      to: 'processors: [batch, memory_limiter]',
      refusal: /memory_limiter is not the first processor/u,
    },
    {
      what: 'an exporter that is not there',
      from: 'exporters: [file]',
      to: 'exporters: [otlphttp]',
      refusal: /exporters: there is no otlphttp/u,
    },
    {
      what: 'a collector that listens to itself',
      from: "endpoint: '0.0.0.0:4318'",
      to: 'endpoint: localhost:4318',
      refusal: /nobody looks for it at localhost:4318/u,
    },
    {
      what: 'a key of the collector misspelt',
      from: 'pipelines:',
      to: 'pipeline:',
      refusal: /collector\.yml: service: Unrecognized key/u,
    },
  ].map((mutation) => ({ file: 'collector' as const, ...mutation })),
  {
    what: 'a route to nobody',
    file: 'alertmanager',
    from: '  receiver: desk\n  group_by',
    to: '  receiver: nobody\n  group_by',
    refusal: /no receiver is called nobody/u,
  },
  {
    what: 'an address in the file',
    file: 'alertmanager',
    from: 'url_file: /run/secrets/alert_webhook_url',
    to: 'url: https://hooks.example.org/secret',
    refusal: /url_file/u,
  },
];

describe('the deployment', () => {
  it('holds every rule as it is shipped', () => {
    expect(checkDeployment(SHIPPED, PROJECT_ROOT)).toEqual([]);
  });

  it.each(MUTATIONS)('is refused with $what', ({ file, from, to, refusal }) => {
    expect(checkDeployment(mutated(file, from, to), PROJECT_ROOT).join('\n')).toMatch(refusal);
  });

  it('was mutated in every file, often enough', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(50);
    expect(new Set(MUTATIONS.map(({ file }) => file)).size).toBe(6);
  });
});
