/** A ledger that another process has open: each verb is asked for over a wire, and whole there. */
import type { Ledger } from '../ledger/ledger.ts';
import type { Answers, Wire } from './rpc.ts';

/** All of them but `close`, which is for whoever has it open. */
const verbs: Readonly<Record<Exclude<keyof Ledger, 'close'>, true>> = {
  poolGift: true,
  knowsGift: true,
  drawForTicket: true,
  drawFree: true,
  findDelivery: true,
  renew: true,
  handOver: true,
  finish: true,
  noteRestart: true,
  reopen: true,
  quarantine: true,
  thank: true,
  report: true,
  findTicket: true,
  withdraw: true,
  stats: true,
  figures: true,
  lapse: true,
  expire: true,
  removable: true,
  removed: true,
  purge: true,
  shrink: true,
  serveWaiting: true,
  claimChore: true,
  noteChore: true,
  findChoreNote: true,
  knownVault: true,
  noteVault: true,
  spend: true,
  addressKey: true,
  nextLapse: true,
  keysOfShard: true,
  quarantineMissing: true,
  audit: true,
  time: true,
  check: true,
};
const names = Object.keys(verbs) as (keyof typeof verbs)[];

/** Answers what is asked of a ledger at the other end. */
export const answersOf = (ledger: Ledger): Answers =>
  Object.fromEntries(names.map((name) => [name, ledger[name]]));

/** The ledger at the other end of a wire. */
export function distantLedger(wire: Wire): Ledger {
  const asking = Object.fromEntries(
    names.map((name) => [name, (...facts: readonly unknown[]) => wire.ask(name, ...facts)]),
  );
  return { ...(asking as unknown as Omit<Ledger, 'close'>), close: async () => undefined };
}
