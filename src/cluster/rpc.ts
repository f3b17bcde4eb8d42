/**
 * Questions and answers between the lead and a worker. Both ends ask and answer. What is said in one turn of the event loop goes
 * as one message, for a message costs far more than what is in it.
 */
import { Problem } from '../contract/problems/problem.ts';
import { deserializeError, type SerializedError, serializeError } from './error-serialization.ts';

/** What carries messages: a channel between two processes, or a pair of ports in a test. */
export interface MessageCarrier {
  send(message: unknown): void;
  onMessage(hear: (message: unknown) => void): void;
}

/** What can be asked at one end. Nothing is answered to what was only told. */
export type RpcHandlers = Readonly<Record<string, (...facts: never[]) => unknown>>;

export interface RpcChannel {
  /** Throws what the other end throws, or `storage-failing` when it is gone. */
  ask(what: string, ...facts: readonly unknown[]): Promise<unknown>;
  tell(what: string, ...facts: readonly unknown[]): void;
  /** Sends now what was said in this turn. */
  flush(): void;
  /** The other end is gone: nothing that was asked will be answered. */
  cut(): void;
}

type Said =
  | readonly ['ask', id: number, what: string, facts: readonly unknown[]]
  | readonly ['tell', what: string, facts: readonly unknown[]]
  | readonly ['answer', id: number, answer: unknown]
  | readonly ['refuse', id: number, refusal: SerializedError];

type Asked = Pick<PromiseWithResolvers<unknown>, 'resolve' | 'reject'>;

/** Opens one end. */
export function openRpc(carrier: MessageCarrier, answers: RpcHandlers): RpcChannel {
  const asked = new Map<number, Asked>();
  let outbox: Said[] = [];
  let lastId = 0;
  let isCut = false;

  const flush = () => {
    if (outbox.length === 0 || isCut) return;
    const said = outbox;
    outbox = [];
    carrier.send(said);
  };
  const say = (said: Said) => {
    if (outbox.push(said) === 1) setImmediate(flush);
  };
  const answer = async (id: number, what: string, facts: readonly unknown[]) => {
    try {
      say(['answer', id, await answerOf(answers, what, facts)]);
    } catch (error) {
      say(['refuse', id, serializeError(error)]);
    }
  };
  const settle = (id: number, how: (one: Asked) => void) => {
    const one = asked.get(id);
    asked.delete(id);
    if (one) how(one);
  };
  const hear = (said: Said) => {
    switch (said[0]) {
      case 'ask':
        return void answer(said[1], said[2], said[3]);
      case 'tell':
        return void answerOf(answers, said[1], said[2]);
      case 'answer':
        return settle(said[1], ({ resolve }) => resolve(said[2]));
      case 'refuse':
        return settle(said[1], ({ reject }) => reject(deserializeError(said[2])));
    }
  };
  carrier.onMessage((message) => (message as readonly Said[]).forEach(hear));
  return {
    ask: (what, ...facts) => {
      if (isCut) return Promise.reject(gone());
      const id = ++lastId;
      const one = Promise.withResolvers<unknown>();
      asked.set(id, one);
      say(['ask', id, what, facts]);
      return one.promise;
    },
    tell: (what, ...facts) => say(['tell', what, facts]),
    flush,
    cut: () => {
      isCut = true;
      outbox = [];
      for (const { reject } of asked.values()) reject(gone());
      asked.clear();
    },
  };
}

const gone = () =>
  new Problem('storage-failing', { cause: new Error('the process that would know is gone') });

function answerOf(answers: RpcHandlers, what: string, facts: readonly unknown[]): unknown {
  const answer = Object.hasOwn(answers, what) ? answers[what] : undefined;
  if (!answer) throw new Error(`nobody here knows of "${what}"`);
  return answer(...(facts as never[]));
}
