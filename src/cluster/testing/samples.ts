/** RPC channels within one process; messages are copied as between processes. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createRpc, type RpcChannel, type RpcHandlers, type Transport } from '../rpc.ts';

const transportOf = (port: MessagePort): Transport => ({
  send: (message) => port.postMessage(message),
  onMessage: (listener) => void port.on('message', listener),
});

/** Both ends of a channel. */
interface RpcPair {
  readonly near: RpcChannel;
  readonly far: RpcChannel;
  /** Number of messages that the far end has received. */
  messages(): number;
  close(): void;
}

export function createRpcPair(near: RpcHandlers, far: RpcHandlers): RpcPair {
  const { port1, port2 } = new MessageChannel();
  let messages = 0;
  port2.on('message', () => {
    messages += 1;
  });
  return {
    near: createRpc(transportOf(port1), near),
    far: createRpc(transportOf(port2), far),
    messages: () => messages,
    close: () => port1.close(),
  };
}
