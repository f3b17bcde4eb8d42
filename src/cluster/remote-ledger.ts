import type { Ledger } from '../ledger/ledger.ts';
import type { RpcChannel, RpcHandlers } from './rpc.ts';

/** The name of a verb as an RPC function, distinct from the functions of the cluster. */
const rpcName = (verb: string) => `ledger.${verb}`;

export const exposeLedger = (ledger: Ledger): RpcHandlers =>
  Object.fromEntries(Object.entries(ledger).map(([verb, run]) => [rpcName(verb), run]));

/** A ledger whose verbs run at the other end of `rpc`. Its `close` does nothing. */
export const remoteLedger = (rpc: RpcChannel): Ledger =>
  new Proxy({} as Ledger, {
    get: (_, verb) => {
      if (verb === 'close') return async () => undefined;
      // A `then` would make the ledger a thenable.
      if (typeof verb !== 'string' || verb === 'then') return undefined;
      return (...args: readonly unknown[]) => rpc.call(rpcName(verb), ...args);
    },
  });
