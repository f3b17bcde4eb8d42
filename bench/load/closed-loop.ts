/**
 * A closed loop over raw sockets: a connection sends its next request when it has the response to the one before.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createResponseReader, type HttpResponse } from '../../test/clients/response-reader.ts';
import { quantile } from '../report/ratios.ts';
import type { LoadPlan, LoadResult, RequestResult } from './load-plan.ts';
import { type PreparedRequest, prepareRequest, type RequestTemplate, writeNumber } from './request-plan.ts';

/** The receive buffer: as much as a loopback socket delivers at once. */
const receiveBufferSize = 256 * 1024;
/** Bytes kept of a response from which a value is captured. */
const maxCaptureBody = 1024;
/** The time limit of a response, in milliseconds. */
const timeoutMs = 60_000;

interface Measurements {
  readonly latencies: number[];
  readonly outcomes: Record<string, number>;
}

/** State that all connections of a plan share. */
interface SharedState {
  readonly order: LoadPlan;
  readonly measurements: readonly Measurements[];
  readonly prefixes: string[];
  started: number;
  deadline: number;
}

export async function runClosedLoop(order: LoadPlan): Promise<LoadResult> {
  const measurements = order.requests.map((): Measurements => ({ latencies: [], outcomes: {} }));
  const shared: SharedState = { order, measurements, prefixes: [], started: 0, deadline: 0 };
  const connections = await Promise.all(
    Array.from({ length: order.connections }, (_, index) => openLoop(shared, index)),
  );
  const start = performance.now();
  shared.deadline = start + order.seconds * 1000;
  await Promise.all(connections.map(({ run }) => run()));
  const seconds = (performance.now() - start) / 1000;
  for (const { close } of connections) close();
  return {
    seconds,
    started: shared.started,
    requests: measurements.map(summarize),
    prefixes: shared.prefixes,
  };
}

function summarize({ latencies, outcomes }: Measurements): RequestResult {
  latencies.sort((a, b) => a - b);
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  return { good: latencies.length, outcomes, p50, p99 };
}

const addressOf = (n: number) => `127.1.${(n >> 8) & 255}.${n & 255}`;

async function openLoop(shared: SharedState, index: number) {
  const { order } = shared;
  const prepared = order.requests.map(prepareRequest);
  const maxBody = Math.max(
    order.prefixBytes ?? 0,
    ...order.requests.map(({ captures }) => (captures ? maxCaptureBody : 0)),
  );
  const connection = openConnection(order.port, addressOf(order.addressesFrom + index), maxBody);
  await connection.connected();

  const next = () => {
    if (shared.started >= order.rounds || performance.now() >= shared.deadline) return undefined;
    return numberOf(order, shared.started++);
  };
  const exchange = async (step: RequestTemplate, bytes: PreparedRequest, measured: Measurements) => {
    const begun = performance.now();
    const answer = await connection.send(bytes.bytes);
    const kind = kindOf(step, answer);
    measured.outcomes[kind] = (measured.outcomes[kind] ?? 0) + 1;
    if (kind[0] === '2') measured.latencies.push(performance.now() - begun);
    return kind[0] === '2' ? answer : undefined;
  };
  const round = async (number: number) => {
    let answer: HttpResponse | undefined;
    for (const [at, step] of order.requests.entries()) {
      const bytes = prepared[at] as PreparedRequest;
      for (const place of bytes.numbersAt) writeNumber(bytes.bytes, place, number);
      const captured = capturedFrom(order.requests[at - 1], answer);
      for (const place of bytes.capturesAt) bytes.bytes.write(captured ?? '', place, 'latin1');
      answer = await exchange(step, bytes, shared.measurements[at] as Measurements);
      if (!answer) return;
    }
    if (order.prefixBytes && answer) shared.prefixes.push(answer.body.slice(0, order.prefixBytes));
  };
  return {
    run: async () => {
      for (let number = next(); number !== undefined; number = next()) await round(number);
    },
    close: connection.close,
  };
}

const numberOf = ({ numbers: { from, amongFirst } }: LoadPlan, begun: number) =>
  from + (amongFirst === undefined ? begun : Math.floor(Math.random() * amongFirst));

function capturedFrom(step: RequestTemplate | undefined, answer: HttpResponse | undefined): string | undefined {
  if (!step?.captures || !answer) return undefined;
  return new RegExp(step.captures).exec(answer.body)?.[1];
}

function kindOf({ responseSize }: RequestTemplate, answer: HttpResponse | undefined): string {
  if (!answer) return 'broken';
  const isGood = answer.status >= 200 && answer.status < 300;
  if (isGood && responseSize !== undefined && answer.length !== responseSize) return 'cut short';
  return String(answer.status);
}

/** One connection at a time, reopened after the server closed it. */
function openConnection(port: number, localAddress: string, maxBody: number) {
  const buffer = Buffer.allocUnsafe(receiveBufferSize);
  let socket: Socket | undefined;
  let answered: ((answer: HttpResponse | undefined) => void) | undefined;
  const settle = (answer: HttpResponse | undefined) => {
    const settled = answered;
    answered = undefined;
    settled?.(answer);
  };
  const open = (): Socket => {
    const reader = createResponseReader({ maxBody }, (answer) => {
      if (answer.closes) drop(opened);
      settle(answer);
    });
    const onread = {
      buffer,
      callback: (size: number) => {
        reader.read(buffer.subarray(0, size));
        return true;
      },
    };
    const opened = connect({ port, host: '127.0.0.1', localAddress, noDelay: true, onread });
    opened.setTimeout(timeoutMs, () => opened.destroy());
    // A reset is followed by `close`.
    opened.on('error', () => undefined);
    opened.on('close', () => {
      if (socket !== opened) return;
      socket = undefined;
      const last = reader.end();
      settle(last?.isCut ? undefined : last);
    });
    socket = opened;
    return opened;
  };
  const drop = (dropped: Socket) => {
    if (socket === dropped) socket = undefined;
    dropped.destroy();
  };
  return {
    connected: async () => {
      await once(open(), 'connect');
    },
    send: (bytes: Buffer) =>
      new Promise<HttpResponse | undefined>((resolve) => {
        answered = resolve;
        (socket ?? open()).write(bytes);
      }),
    close: () => {
      socket?.end();
      socket = undefined;
    },
  };
}
