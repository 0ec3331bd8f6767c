import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCompose } from './compose.ts';
import { composeRules, type Findings } from './compose-rules.ts';
import { alertmanagerRules, collectorRules, nginxRules, prometheusRules } from './config-files.ts';
import { dockerfileRules } from './dockerfile-rules.ts';
import { processRules } from './process-rules.ts';

/** What the deployment is made of, by path. */
export const FILES = {
  compose: 'docker-compose.yml',
  dockerfile: 'deploy/Dockerfile',
  nginx: 'deploy/nginx/nginx.conf',
  prometheus: 'deploy/prometheus/prometheus.yml',
  alertmanager: 'deploy/alertmanager/alertmanager.yml',
  collector: 'deploy/otel/collector.yml',
} as const;
export type Deployment = Readonly<Record<keyof typeof FILES, string>>;

export function readDeployment(root: string): Deployment {
  const read = (file: keyof typeof FILES): string => readFileSync(join(root, FILES[file]), 'utf8');
  return {
    compose: read('compose'),
    dockerfile: read('dockerfile'),
    nginx: read('nginx'),
    prometheus: read('prometheus'),
    alertmanager: read('alertmanager'),
    collector: read('collector'),
  };
}

/** Everything that can be said of the deployment without an engine; empty: nothing is wrong. */
export function checkDeployment(deployment: Deployment, root: string): Findings {
  const compose = readCompose(deployment.compose);
  if (!('services' in compose)) return compose;
  return [
    ...composeRules(compose, root),
    ...processRules(compose, root),
    ...dockerfileRules(deployment.dockerfile, compose, root),
    ...nginxRules(deployment.nginx, compose),
    ...prometheusRules(deployment.prometheus, compose, root),
    ...alertmanagerRules(deployment.alertmanager, compose),
    ...collectorRules(deployment.collector, compose),
  ];
}
