// Whether a process of this container answers: exit code 0 when GET of the given path on this machine is a success.
//   node deploy/healthcheck.mjs 9464 /health
const [port, path] = process.argv.slice(2);
try {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(3000) });
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
