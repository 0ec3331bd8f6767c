/**
 * A process for the supervisor to look after: serves /metrics on its port, optionally with a grandchild, which must not
 * survive it. `node fixture-child.ts <port> [grandchild|fail]`
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [port, mode] = process.argv.slice(2);
if (mode === 'fail') {
  console.error('there is nothing to work with');
  process.exit(9);
}
let grandchild = 0;
if (mode === 'grandchild') grandchild = spawn('sleep', ['600'], { stdio: 'ignore' }).pid ?? 0;
console.log(`listening on ${String(port)}, grandchild ${String(grandchild)}`);
createServer((_, response) => {
  response.end(JSON.stringify({ pid: process.pid, grandchild }));
}).listen(Number(port), '127.0.0.1');
