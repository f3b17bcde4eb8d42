/** A proxy to an S3 server with injected faults. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

export interface S3Fault {
  /** Answer with this error and do not ask the server. */
  readonly refuse?: keyof typeof refusals;
  /** Neither answer nor ask the server. */
  readonly noAnswer?: true;
  /** Let the server do its work and break the connection instead of answering. */
  readonly dropAnswer?: true;
  /** Break the connection after this many bytes of the request. */
  readonly cutRequestAfter?: number;
  /** Break the connection after this many bytes of the response. */
  readonly cutAfter?: number;
  /** Send nothing more after this many bytes of the response. */
  readonly stallAfter?: number;
  /** Flip a bit in this byte of the response. */
  readonly flipAnswer?: number;
  /** Flip a bit in this byte of the request. */
  readonly flipRequest?: number;
}

const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
const refusals = {
  InternalError: [500, xml('InternalError')],
  SlowDown: [503, xml('SlowDown')],
  AccessDenied: [403, xml('AccessDenied')],
  NoSuchBucket: [404, xml('NoSuchBucket')],
  QuotaExceeded: [403, xml('QuotaExceeded')],
  /** The answer of a server that is no S3. */
  'a stranger': [404, '<html>There is nothing here.</html>'],
} as const;

/** The parts of a request that faults depend on. */
export interface S3Request {
  readonly method: string;
  readonly url: string;
}

export interface FaultyS3 {
  readonly url: string;
  /** All requests in order. */
  readonly requests: readonly S3Request[];
  /** Requests without a complete response. */
  readonly open: number;
  /** Chooses a fault for each request from now on; without a finder there are none. */
  fail(find?: (asked: S3Request) => S3Fault | undefined): void;
  /** Refuses connections until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** A fault for the first matching request only. */
export function faultOnce(matches: (asked: S3Request) => boolean, fault: S3Fault) {
  let isOver = false;
  return (asked: S3Request): S3Fault | undefined => {
    if (isOver || !matches(asked)) return undefined;
    isOver = true;
    return fault;
  };
}

export async function startFaultyS3(target: string): Promise<FaultyS3> {
  const { hostname, port: targetPort } = new URL(target);
  const requests: S3Request[] = [];
  const open = new Set<ServerResponse>();
  let find: (asked: S3Request) => S3Fault | undefined = () => undefined;

  const server = createServer((incoming, outgoing) => {
    const what = { method: incoming.method ?? '', url: incoming.url ?? '' };
    requests.push(what);
    open.add(outgoing);
    outgoing.on('close', () => open.delete(outgoing));
    const fault = find(what) ?? {};
    if (fault.noAnswer) return void incoming.resume();
    if (fault.refuse) return refuse(incoming, outgoing, fault.refuse);
    const onward = request(
      { hostname, port: targetPort, ...what, path: what.url, headers: incoming.headers },
      (answer) => pass(answer, outgoing, fault),
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    cutAfter(incoming, fault.cutRequestAfter);
    incoming.pipe(flipping(fault.flipRequest)).pipe(onward);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const down = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get open() {
      return open.size;
    },
    fail: (finder = () => undefined) => {
      find = finder;
    },
    down,
    up: async () => void (await listen(port)),
    close: down,
  };
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, as: keyof typeof refusals) {
  const [status, body] = refusals[as];
  incoming.resume().on('end', () => {
    outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
}

function cutAfter(incoming: IncomingMessage, bytes: number | undefined): void {
  if (bytes === undefined) return;
  let came = 0;
  incoming.on('data', (chunk: Buffer) => {
    came += chunk.length;
    if (came > bytes) incoming.destroy();
  });
}

function pass(answer: IncomingMessage, outgoing: ServerResponse, fault: S3Fault): void {
  if (fault.dropAnswer) return void answer.resume().on('end', () => outgoing.destroy());
  outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
  let passed = 0;
  const end = Math.min(fault.cutAfter ?? Infinity, fault.stallAfter ?? Infinity);
  const body = answer.pipe(flipping(fault.flipAnswer));
  if (end === Infinity) return void body.pipe(outgoing);
  body.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, end - passed);
    passed += part.length;
    outgoing.write(part);
    if (passed < end) return;
    body.pause();
    if (fault.cutAfter !== undefined) setTimeout(() => outgoing.destroy(), 20);
  });
  body.on('end', () => outgoing.end());
}

function flipping(at: number | undefined): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const place = at === undefined ? -1 : at - passed;
      passed += chunk.length;
      if (place < 0 || place >= chunk.length) return done(null, chunk);
      const changed = Buffer.from(chunk);
      changed[place] = (changed[place] ?? 0) ^ 1;
      done(null, changed);
    },
  });
}
