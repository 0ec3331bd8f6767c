import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** How the mail server behaves for one message. */
export type SmtpBehaviour =
  | { readonly kind: 'accept' }
  /** Refuses after the message with this reply. */
  | { readonly kind: 'refuse-data'; readonly code: number }
  | { readonly kind: 'refuse-receiver'; readonly code: number }
  /** Takes the whole message and drops the line before it answers. */
  | { readonly kind: 'accept-then-drop' }
  /** Takes the whole message and never answers. */
  | { readonly kind: 'accept-then-silence' };

export interface ReceivedMail {
  readonly raw: string;
  /** Header fields by lower-case name, unfolded; the last one wins. */
  readonly headers: ReadonlyMap<string, string>;
  readonly to: readonly string[];
}

export interface SmtpSink {
  readonly url: string;
  readonly received: ReceivedMail[];
  readonly script: SmtpBehaviour[];
  close(): Promise<void>;
}

function parseHeaders(raw: string): ReadonlyMap<string, string> {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replace(/\r\n[ \t]+/gu, ' ')
    .split('\r\n');
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

const smtpError = (code: number) => Object.assign(new Error('no'), { responseCode: code });

/** A real SMTP server on a free local port. */
export async function smtpSink(): Promise<SmtpSink> {
  const received: ReceivedMail[] = [];
  const script: SmtpBehaviour[] = [];
  const sockets = new Map<number, Socket>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo(_address, _session, callback) {
      const next = script[0];
      if (next?.kind === 'refuse-receiver') {
        script.shift();
        callback(smtpError(next.code));
        return;
      }
      callback();
    },
    onData(stream, session, callback) {
      const behaviour = script.shift() ?? { kind: 'accept' };
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (behaviour.kind === 'refuse-data') {
          callback(smtpError(behaviour.code));
          return;
        }
        const raw = Buffer.concat(chunks).toString('utf8');
        const to = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ raw, headers: parseHeaders(raw), to });
        if (behaviour.kind === 'accept') callback();
        if (behaviour.kind === 'accept-then-drop') sockets.get(session.remotePort)?.destroy();
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.set(socket.remotePort ?? 0, socket);
  });
  await new Promise<void>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      resolve();
    }),
  );
  return {
    url: `smtp://127.0.0.1:${String((server.server.address() as AddressInfo).port)}`,
    received,
    script,
    close: async () => {
      for (const socket of sockets.values()) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
