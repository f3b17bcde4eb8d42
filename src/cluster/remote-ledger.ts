/** A ledger that another process has open: each verb is asked for over a wire, and whole there. */
import type { Ledger } from '../ledger/ledger.ts';
import type { RpcChannel, RpcHandlers } from './rpc.ts';

/** All of them but `close`, which is for whoever has it open. */
const verbs: Readonly<Record<Exclude<keyof Ledger, 'close'>, true>> = {
  give: true,
  hasGift: true,
  drawForTicket: true,
  drawFree: true,
  findDelivery: true,
  renewLease: true,
  noteOffloaded: true,
  complete: true,
  markInterrupted: true,
  reopen: true,
  quarantine: true,
  thank: true,
  report: true,
  findTicket: true,
  withdraw: true,
  stats: true,
  metrics: true,
  expireLeases: true,
  expire: true,
  removable: true,
  markRemoved: true,
  purge: true,
  compactSlots: true,
  serveOverlooked: true,
  claimJob: true,
  saveJobState: true,
  findJobState: true,
  proposeVault: true,
  saveVaultId: true,
  recordUsage: true,
  addressHashKey: true,
  nextLeaseEnd: true,
  keysOfShard: true,
  quarantineMissing: true,
  audit: true,
  time: true,
  check: true,
};
const names = Object.keys(verbs) as (keyof typeof verbs)[];

/** Answers what is asked of a ledger at the other end. */
export const exposeLedger = (ledger: Ledger): RpcHandlers =>
  Object.fromEntries(names.map((name) => [name, ledger[name]]));

/** The ledger at the other end of a wire. */
export function remoteLedger(wire: RpcChannel): Ledger {
  const asking = Object.fromEntries(
    names.map((name) => [name, (...facts: readonly unknown[]) => wire.ask(name, ...facts)]),
  );
  return { ...(asking as unknown as Omit<Ledger, 'close'>), close: async () => undefined };
}
