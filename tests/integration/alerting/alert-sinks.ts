import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What a receiver does with a message. */
export type Manner =
  'accept' | 'refuse-for-now' | 'break' | 'drop-after-accepting' | 'silence-after-accepting';

export interface Receipt {
  readonly key: string;
  /** Milliseconds since the epoch at which the whole message had arrived. */
  readonly atMs: number;
}

export interface AlertSink {
  readonly url: string;
  /** Messages that arrived, whether or not the sender was told. */
  readonly receipts: Receipt[];
  /** How the next message is taken. */
  manner: () => Manner;
  close(): Promise<void>;
}

const portOf = (address: unknown): string => String((address as AddressInfo).port);

/** An HTTP receiver; `keyOf` finds in a body which message it is. */
export async function httpAlertSink(keyOf: (body: string) => string): Promise<AlertSink> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      const manner = sink.manner();
      if (manner === 'refuse-for-now') {
        response.writeHead(429, { 'retry-after': '1' }).end();
        return;
      }
      // A receiver that breaks has taken the message, or not; the sender cannot know. Here it has.
      sink.receipts.push({ key: keyOf(body), atMs: Date.now() });
      if (manner === 'accept') response.end('ok');
      if (manner === 'break') response.writeHead(500).end();
      if (manner === 'drop-after-accepting') request.socket.destroy();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const sink: AlertSink = {
    url: `http://127.0.0.1:${portOf(server.address())}/hook`,
    receipts: [],
    manner: () => 'accept',
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return sink;
}

/** A mail server; the key of a message is its Message-ID. */
export async function smtpAlertSink(): Promise<AlertSink> {
  const sockets = new Map<number, Socket>();
  const later = (code: number): Error => Object.assign(new Error('no'), { responseCode: code });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const manner = sink.manner();
        if (manner === 'refuse-for-now') {
          callback(later(451));
          return;
        }
        const head = Buffer.concat(chunks)
          .toString('latin1')
          .replace(/\r\n[ \t]+/gu, ' ');
        const key = /^message-id:\s*(\S+)/imu.exec(head)?.[1] ?? 'none';
        sink.receipts.push({ key, atMs: Date.now() });
        if (manner === 'accept') callback();
        // RFC 5321: a refusal after DATA means "not taken", so a broken server drops the line instead.
        if (manner === 'break' || manner === 'drop-after-accepting')
          sockets.get(session.remotePort)?.destroy();
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    sockets.set(socket.remotePort ?? 0, socket);
  });
  await new Promise<void>((listening) =>
    server.listen(0, '127.0.0.1', () => {
      listening();
    }),
  );
  const sink: AlertSink = {
    url: `smtp://127.0.0.1:${portOf(server.server.address())}`,
    receipts: [],
    manner: () => 'accept',
    close: async () => {
      for (const socket of sockets.values()) socket.destroy();
      await new Promise<void>((closed) => {
        server.close(() => {
          closed();
        });
      });
    },
  };
  return sink;
}
