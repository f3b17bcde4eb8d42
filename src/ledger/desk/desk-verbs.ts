import type { DeskLedger } from '../ledger.ts';
import type { WriteQueue } from '../transactions/write-queue.ts';
import { forgetParties, partyKeys } from './party-keys.ts';
import { deskVersion, withheldHashes, withholdGifts } from './withheld-gifts.ts';

/** The verbs over a database's queue. */
export const deskVerbs = ({ read, write }: WriteQueue): DeskLedger => ({
  partyKeys: (period, proposal) => write(({ db }) => partyKeys(db, period, proposal)),
  forgetParties: (before) => write(({ db }) => forgetParties(db, before)),
  deskVersion: () => read(({ db }) => deskVersion(db)),
  withheldHashes: () => read(({ db }) => withheldHashes(db)),
  withholdGifts: (keys, deadlines) => write(({ db }) => withholdGifts(db, keys, deadlines)),
});
