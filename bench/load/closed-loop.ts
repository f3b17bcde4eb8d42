/**
 * A closed loop over raw sockets: a connection sends its next request when it has the response to the one before.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { quantile } from '../report/ratios.ts';
import type { LoadPlan, LoadResult, RequestResult } from './load-plan.ts';
import { createQuickReader, type QuickResponse } from './quick-reader.ts';
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
  const { requests } = order;
  const prepared = requests.map(prepareRequest);
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const maxBody = Math.max(order.prefixBytes ?? 0, ...requests.map(({ captures }) => (captures ? maxCaptureBody : 0)));
  const connection = openConnection(order.port, addressOf(order.addressesFrom + index), maxBody, onAnswer);
  await connection.connected();
  let number = 0;
  let step = 0;
  let begunAt = 0;

  /** Callbacks, since a promise for each request would cost as much as the request. */
  function beginRound(): void {
    if (shared.started >= order.rounds || performance.now() >= shared.deadline) {
      end();
      return;
    }
    number = numberOf(order, shared.started++);
    step = 0;
    ask(undefined);
  }
  function ask(before: QuickResponse | undefined): void {
    const { bytes, numbersAt, capturesAt } = prepared[step] as PreparedRequest;
    for (const place of numbersAt) writeNumber(bytes, place, number);
    const captured = capturesAt.length > 0 ? capturedFrom(requests[step - 1], before) : undefined;
    for (const place of capturesAt) bytes.write(captured ?? '', place, 'latin1');
    begunAt = performance.now();
    connection.send(bytes);
  }
  function onAnswer(answer: QuickResponse | undefined): void {
    const { outcomes, latencies } = shared.measurements[step] as Measurements;
    const kind = kindOf(requests[step] as RequestTemplate, answer);
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    if (!answer || kind[0] !== '2') {
      beginRound();
      return;
    }
    latencies.push(performance.now() - begunAt);
    step += 1;
    if (step < requests.length) ask(answer);
    else {
      if (order.prefixBytes) shared.prefixes.push(answer.body.slice(0, order.prefixBytes));
      beginRound();
    }
  }
  return {
    run: () => {
      beginRound();
      return over;
    },
    close: connection.close,
  };
}

const numberOf = ({ numbers: { from, amongFirst } }: LoadPlan, begun: number) =>
  from + (amongFirst === undefined ? begun : Math.floor(Math.random() * amongFirst));

function capturedFrom(step: RequestTemplate | undefined, answer: QuickResponse | undefined): string | undefined {
  if (!step?.captures || !answer) return undefined;
  return new RegExp(step.captures).exec(answer.body)?.[1];
}

function kindOf({ responseSize }: RequestTemplate, answer: QuickResponse | undefined): string {
  if (!answer) return 'broken';
  const isGood = answer.status >= 200 && answer.status < 300;
  if (isGood && responseSize !== undefined && answer.length !== responseSize) return 'cut short';
  return String(answer.status);
}

/** One connection at a time, reopened after the server closed it. */
function openConnection(
  port: number,
  localAddress: string,
  maxBody: number,
  onAnswer: (answer: QuickResponse | undefined) => void,
) {
  const buffer = Buffer.allocUnsafe(receiveBufferSize);
  let socket: Socket | undefined;
  let isAsked = false;
  const settle = (answer: QuickResponse | undefined) => {
    if (!isAsked) return;
    isAsked = false;
    onAnswer(answer);
  };
  const open = (): Socket => {
    const reader = createQuickReader(maxBody, (answer) => {
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
    send: (bytes: Buffer) => {
      isAsked = true;
      (socket ?? open()).write(bytes);
    },
    close: () => {
      socket?.end();
      socket = undefined;
    },
  };
}
