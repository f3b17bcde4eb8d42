/**
 * Symmetric RPC between the primary and a worker. All calls and results of one turn of the event loop share a message: the
 * cost of IPC is per message, not per byte.
 */
import { Problem } from '../contract/problems/problem.ts';
import { deserializeError, type SerializedError, serializeError } from './error-serialization.ts';

/** An IPC channel, or a message port in a test. Messages are copied by structured clone. */
export interface Transport {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** Functions that the other end can call, by name. */
export type RpcHandlers = Readonly<Record<string, (...args: never[]) => unknown>>;

export interface RpcChannel {
  /** Calls a function at the other end. Throws what it throws, or `storage-failing` if the other end is gone. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Calls a function without waiting for a result. */
  notify(name: string, ...args: readonly unknown[]): void;
  /** Rejects all pending calls: the other end is gone. */
  close(): void;
}

interface Call {
  /** Undefined for a notification. */
  readonly id: number | undefined;
  readonly name: string;
  readonly args: readonly unknown[];
}

type Message =
  | { readonly call: Call }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: SerializedError };

export function createRpc(transport: Transport, handlers: RpcHandlers): RpcChannel {
  const pending = new Map<number, PromiseWithResolvers<unknown>>();
  let outbox: Message[] = [];
  let lastId = 0;
  let isClosed = false;

  const flush = () => {
    const batch = outbox;
    outbox = [];
    if (!isClosed) transport.send(batch);
  };
  const send = (message: Message) => {
    if (outbox.push(message) === 1) setImmediate(flush);
  };
  const respond = async ({ id, name, args }: Call) => {
    try {
      const result = await invoke(handlers, name, args);
      if (id !== undefined) send({ id, result });
    } catch (error) {
      if (id === undefined) throw error;
      send({ id, error: serializeError(error) });
    }
  };
  const receive = (message: Message) => {
    if ('call' in message) return void respond(message.call);
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ('error' in message) call?.reject(deserializeError(message.error));
    else call?.resolve(message.result);
  };
  transport.onMessage((batch) => (batch as readonly Message[]).forEach(receive));
  return {
    call: (name, ...args) => {
      if (isClosed) return Promise.reject(connectionLost());
      const id = ++lastId;
      const call = Promise.withResolvers<unknown>();
      pending.set(id, call);
      send({ call: { id, name, args } });
      return call.promise;
    },
    notify: (name, ...args) => send({ call: { id: undefined, name, args } }),
    close: () => {
      isClosed = true;
      for (const { reject } of pending.values()) reject(connectionLost());
      pending.clear();
    },
  };
}

const connectionLost = () => new Problem('storage-failing', { cause: new Error('the other process is gone') });

function invoke(handlers: RpcHandlers, name: string, args: readonly unknown[]): unknown {
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (!handler) throw new Error(`unknown function "${name}"`);
  return handler(...(args as never[]));
}
