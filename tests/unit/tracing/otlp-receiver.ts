import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

/** A span as it arrived, of the fields that a trace is read by. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The collector's side of OTLP/HTTP, in protobuf (opentelemetry-proto, trace/v1/trace.proto, by its field numbers) and in JSON. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
        const isJson = request.headers['content-type'] === 'application/json';
        if (request.url === '/v1/traces') this.spans.push(...(isJson ? spansOfJson(bytes) : spansOf(bytes)));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
  }

  static async listen(): Promise<OtlpReceiver> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new OtlpReceiver(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Field {
  readonly number: number;
  readonly bytes: Buffer;
  readonly value: bigint;
}

const NO_BYTES = Buffer.alloc(0);

function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at] ?? 0;
      at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    const wire = tag & 7;
    if (wire === 0) fields.push({ number, bytes: NO_BYTES, value: varint() });
    else {
      const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
      fields.push({ number, bytes: message.subarray(at, at + length), value: 0n });
      at += length;
    }
  }
  return fields;
}

const inside = (message: Buffer, number: number): Buffer[] =>
  fieldsOf(message)
    .filter((field) => field.number === number)
    .map(({ bytes }) => bytes);

function attributesOf(message: Buffer, number: number): Record<string, string> {
  return Object.fromEntries(
    inside(message, number).map((pair) => {
      const [value] = fieldsOf(inside(pair, 2)[0] ?? NO_BYTES);
      const key = (inside(pair, 1)[0] ?? NO_BYTES).toString('utf8');
      return [key, value?.number === 1 ? value.bytes.toString('utf8') : String(value?.value ?? '')];
    }),
  );
}

/** ExportTraceServiceRequest: resource_spans 1 (resource 1, scope_spans 2 (spans 2)). */
function spansOf(request: Buffer): ReceivedSpan[] {
  return inside(request, 1).flatMap((resourceSpans) => {
    const service = attributesOf(inside(resourceSpans, 1)[0] ?? NO_BYTES, 1)['service.name'] ?? '';
    return inside(resourceSpans, 2)
      .flatMap((scopeSpans) => inside(scopeSpans, 2))
      .map((span) => ({
        service,
        traceId: (inside(span, 1)[0] ?? NO_BYTES).toString('hex'),
        spanId: (inside(span, 2)[0] ?? NO_BYTES).toString('hex'),
        parentSpanId: (inside(span, 4)[0] ?? NO_BYTES).toString('hex'),
        name: (inside(span, 5)[0] ?? NO_BYTES).toString('utf8'),
        attributes: attributesOf(span, 9),
      }));
  });
}

const Attributes = z.array(
  z
    .object({ key: z.string(), value: z.record(z.string(), z.string()) })
    .transform(({ key, value }): [string, string] => [key, Object.values(value)[0] ?? '']),
);
const ExportRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string().regex(/^[0-9a-f]{32}$/u),
              spanId: z.string().regex(/^[0-9a-f]{16}$/u),
              parentSpanId: z.string(),
              name: z.string(),
              kind: z.int(),
              startTimeUnixNano: z.string().regex(/^\d{19}$/u),
              endTimeUnixNano: z.string().regex(/^\d{19}$/u),
              attributes: Attributes,
            }),
          ),
        }),
      ),
    }),
  ),
});

function spansOfJson(body: Buffer): ReceivedSpan[] {
  return ExportRequest.parse(JSON.parse(body.toString('utf8'))).resourceSpans.flatMap(
    ({ resource, scopeSpans }) => {
      const service = Object.fromEntries(resource.attributes)['service.name'] ?? '';
      return scopeSpans.flatMap(({ spans }) =>
        spans.map(({ attributes, traceId, spanId, parentSpanId, name }) => ({
          ...{ service, traceId, spanId, parentSpanId, name },
          attributes: Object.fromEntries(attributes),
        })),
      );
    },
  );
}
