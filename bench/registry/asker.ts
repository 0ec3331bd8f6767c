import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

type Ask = (method: string, path: string, body: unknown) => Promise<void>;

/** One connection that is kept open, so that neither side pays for opening one; opened again when the server has closed it meanwhile. */
export function asker(base: string, authorization: string): Ask {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const once = (method: string, path: string, text: string, key: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const about = {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
        'idempotency-key': key,
      };
      const headers = { authorization, ...(text === '' ? {} : about) };
      const sent = request(`${base}${path}`, { method, agent, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => {
          if (answer.statusCode === 200) resolve();
          else reject(new Error(`${method} ${path}: ${Buffer.concat(chunks).toString().slice(0, 500)}`));
        });
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        const closed = sent.reusedSocket && error.code === 'ECONNRESET';
        if (closed) once(method, path, text, key).then(resolve, reject);
        else reject(error);
      });
      sent.end(text);
    });
  return (method, path, body) => once(method, path, body === null ? '' : JSON.stringify(body), randomUUID());
}
