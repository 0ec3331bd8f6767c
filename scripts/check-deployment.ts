import { PROJECT_ROOT } from '../config/config.ts';
import { checkDeployment, readDeployment } from './deployment/check.ts';

/** Holds docker-compose.yml, the Dockerfile and the files they mount against the rules of docs/production.md. */
const findings = checkDeployment(readDeployment(PROJECT_ROOT), PROJECT_ROOT);
for (const finding of findings) console.log(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
