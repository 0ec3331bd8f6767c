import { createServer } from 'node:http';

/**
 * What Node's own HTTP server costs with no work behind it: reads a body, looks at nothing in it, and gives an answer of the size
 * and with the headers of a prediction. No server on this runtime can be faster. Argument: the port.
 */
const ANSWER = JSON.stringify({ padding: 'x'.repeat(480) });
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'content-length': String(Buffer.byteLength(ANSWER)),
  'x-model-version': 'bench-alpha@6',
  'x-model-epoch': '6',
  'x-model-hash': '0'.repeat(64),
  'x-process-time': '0.000100',
};

const server = createServer((request, response) => {
  request.on('data', () => undefined);
  request.on('end', () => {
    response.writeHead(200, HEADERS);
    response.end(ANSWER);
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
