/** Wires within one process, for tests: what goes over them is copied as it is between two. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Answers, type Carrier, openWire, type Wire } from '../rpc.ts';

const carrierOf = (port: MessagePort): Carrier => ({
  send: (message) => port.postMessage(message),
  onMessage: (hear) => void port.on('message', hear),
});

/** Both ends of a wire, and how to take it down. */
export function wirePair(
  near: Answers,
  far: Answers,
): { near: Wire; far: Wire; messages: () => number; close(): void } {
  const { port1, port2 } = new MessageChannel();
  let messages = 0;
  port2.on('message', () => {
    messages += 1;
  });
  return {
    near: openWire(carrierOf(port1), near),
    far: openWire(carrierOf(port2), far),
    messages: () => messages,
    close: () => port1.close(),
  };
}
