/** Wires within one process, for tests: what goes over them is copied as it is between two. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type MessageCarrier, openRpc, type RpcChannel, type RpcHandlers } from '../rpc.ts';

const carrierOf = (port: MessagePort): MessageCarrier => ({
  send: (message) => port.postMessage(message),
  onMessage: (hear) => void port.on('message', hear),
});

/** Both ends of a wire, and how to take it down. */
export function wirePair(
  near: RpcHandlers,
  far: RpcHandlers,
): { near: RpcChannel; far: RpcChannel; messages: () => number; close(): void } {
  const { port1, port2 } = new MessageChannel();
  let messages = 0;
  port2.on('message', () => {
    messages += 1;
  });
  return {
    near: openRpc(carrierOf(port1), near),
    far: openRpc(carrierOf(port2), far),
    messages: () => messages,
    close: () => port1.close(),
  };
}
