import { openRelay, type Route } from './relay.ts';

/**
 * Holds the network namespace that it was started in, and carries bytes between it and sockets in the file system, until its
 * input ends: when whoever started it is gone, however it went, the namespace goes with the last process in it.
 *
 *     unshare -n node fixture-namespace.ts '[{"from": {"path": "/tmp/x/postgres"}, "to": {"host": "10.0.0.1", "port": 5432}}]'
 */
const relay = await openRelay(JSON.parse(process.argv[2] ?? '[]') as readonly Route[]);
process.stdin.on('end', () => {
  relay.close();
  process.exit();
});
process.stdin.resume();
process.stdout.write('ready\n');
