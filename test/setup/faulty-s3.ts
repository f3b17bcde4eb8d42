/** A way to an S3 server that fails when it is told to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';

export interface S3Fault {
  /** Answers so instead of the server, without asking it. */
  readonly refuse?: keyof typeof refusals;
  /** Answers nothing, and does not ask the server either. */
  readonly noAnswer?: true;
  /** Lets the server do its work, and breaks the connection instead of answering. */
  readonly dropAnswer?: true;
  /** Breaks the connection after so many bytes of what is sent. */
  readonly cutRequestAfter?: number;
  /** Breaks the connection after so many bytes of the answer, where there are so many. */
  readonly cutAfter?: number;
  /** Says nothing more after so many bytes of the answer. */
  readonly stallAfter?: number;
  /** Flips a bit of this byte of the answer. */
  readonly flipAnswer?: number;
  /** Flips a bit of this byte of what is sent. */
  readonly flipRequest?: number;
}

const xml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
const refusals = {
  InternalError: [500, xml('InternalError')],
  SlowDown: [503, xml('SlowDown')],
  AccessDenied: [403, xml('AccessDenied')],
  NoSuchBucket: [404, xml('NoSuchBucket')],
  QuotaExceeded: [403, xml('QuotaExceeded')],
  /** Somebody answers who is no S3 at all. */
  'a stranger': [404, '<html>There is nothing here.</html>'],
} as const;

/** What was asked, as far as a fault may depend on it. */
export interface S3Request {
  readonly method: string;
  readonly url: string;
}

export interface FaultyS3 {
  readonly url: string;
  /** All that was asked, in order. */
  readonly requests: readonly S3Request[];
  /** How many requests have not had their whole answer. */
  readonly open: number;
  /** From now on, and until it is said again, requests meet the fault that this finds for them. */
  fail(find?: (asked: S3Request) => S3Fault | undefined): void;
  /** Refuses connections until it is up again. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** A fault for the first request that matches, and for no other. */
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
