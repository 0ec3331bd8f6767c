import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import type { Compose } from './compose.ts';
import type { Findings } from './compose-rules.ts';

/** The linter's own word on syntax, and rules about what an image may be made of. */
export function dockerfileRules(text: string, compose: Compose, root: string): Findings {
  const linted = validate(text).map(
    ({ message, range }) =>
      `line ${String(range.start.line + 1)}: ${typeof message === 'string' ? message : message.value}`,
  );
  if (text.trim() === '') return ['deploy/Dockerfile: is empty'];
  const file = DockerfileParser.parse(text);
  const stages = file.getFROMs().map((from) => ({
    name: from.getBuildStage() ?? '',
    image: from.getImage() ?? '',
    line: from.getRange().start.line,
  }));
  const names = stages.map(({ name }) => name);
  const targets = Object.values(compose.services).flatMap(({ build }) =>
    build === undefined ? [] : [build.target],
  );
  const findings = [
    ...linted,
    ...stages.flatMap(({ image, line }) =>
      names.includes(image) || /:\d+\.\d+/u.test(image) || image.includes('@sha256:')
        ? []
        : [`line ${String(line + 1)}: ${image} is not pinned to a version`],
    ),
    ...[...new Set(targets)].flatMap((target) =>
      names.includes(target) ? [] : [`stage ${target}, which docker-compose.yml builds, is not there`],
    ),
  ];
  for (const instruction of file.getInstructions()) {
    const line = instruction.getRange().start.line;
    const where = `line ${String(line + 1)}`;
    const words = instruction.getArguments().map((argument) => argument.getValue());
    const body = instruction.getTextContent();
    switch (instruction.getKeyword()) {
      case 'ADD':
        findings.push(`${where}: COPY instead of ADD, which fetches and unpacks`);
        break;
      case 'COPY':
        findings.push(...copyFindings(body, names, root).map((finding) => `${where}: ${finding}`));
        break;
      case 'ENV':
      case 'ARG':
        if (/(?:PASSWORD|SECRET|TOKEN|_KEY)/u.test(words.join(' ')))
          findings.push(`${where}: a secret in the image`);
        break;
      case 'RUN':
        findings.push(...runFindings(body).map((finding) => `${where}: ${finding}`));
        break;
    }
  }
  for (const target of new Set(targets)) {
    const at = names.indexOf(target);
    if (at < 0) continue;
    const users = file
      .getInstructions()
      .filter((one) => one.getKeyword() === 'USER')
      .filter(
        (one) =>
          stageOf(
            one.getRange().start.line,
            stages.map(({ line }) => line),
          ) === at,
      )
      .map((one) => one.getArguments()[0]?.getValue() ?? '');
    if (!/^[1-9]\d*:[1-9]\d*$/u.test(users.at(-1) ?? ''))
      findings.push(`stage ${target} ends as root or under a name`);
  }
  return findings.map((finding) => `deploy/Dockerfile: ${finding}`);
}

const stageOf = (line: number, starts: readonly number[]): number =>
  starts.findLastIndex((start) => start <= line);

function copyFindings(body: string, stages: readonly string[], root: string): Findings {
  const words = body.split(/\s+/u).slice(1);
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  if (from !== undefined) return stages.includes(from) ? [] : [`no stage is called ${from}`];
  const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
  return sources
    .filter((source) => !existsSync(join(root, source)))
    .map((source) => `${source} is not there`);
}

function runFindings(body: string): Findings {
  return [
    ...(/\bnpm (?:install|i)\b/u.test(body) ? ['npm ci, which keeps to the lock'] : []),
    ...(/\bnpm ci\b/u.test(body) && !body.includes('--ignore-scripts')
      ? ['npm ci runs scripts of packages']
      : []),
    ...(/\bpip install\b/u.test(body) && !body.includes('--require-hashes')
      ? ['pip without --require-hashes']
      : []),
    ...(/apt-get install/u.test(body) && !body.includes('--no-install-recommends')
      ? ['apt-get without --no-install-recommends']
      : []),
    ...(/\b(?:curl|wget)\b[^|]*\|/u.test(body) ? ['something fetched is run unseen'] : []),
    ...(/\bchmod (?:-R )?777\b/u.test(body) ? ['anybody may write'] : []),
    ...(/@latest\b/u.test(body) ? ['a version that moves'] : []),
  ];
}
