import type { DeskLedger } from '../ledger.ts';
import type { WriteQueue } from '../transactions/write-queue.ts';
import { appeal } from './appeal.ts';
import { listBans, readAudit, setBan } from './bans.ts';
import { decide } from './decide.ts';
import { forgetParties, partyKeys } from './party-keys.ts';
import { listReviews, readReview } from './read-reviews.ts';
import { deskVersion, firstGifts, hasReleased, releaseGifts, withheldHashes, withholdGifts } from './withheld-gifts.ts';

/** The verbs over a database's queue. */
export const deskVerbs = ({ read, write }: WriteQueue): DeskLedger => ({
  partyKeys: (period, proposal) => write(({ db }) => partyKeys(db, period, proposal)),
  forgetParties: (before) => write(({ db }) => forgetParties(db, before)),
  deskVersion: () => read(({ db }) => deskVersion(db)),
  withheldHashes: () => read(({ db }) => withheldHashes(db)),
  firstGifts: (sha256) => read(({ db }) => firstGifts(db, sha256)),
  withholdGifts: (keys, deadlines) => write(({ db }) => withholdGifts(db, keys, deadlines)),
  releaseGifts: async (deadlines, limit) => {
    if (!(await read(({ db }) => hasReleased(db)))) return { count: 0, notices: [] };
    return write((tx) => releaseGifts(tx, deadlines, limit), { isolation: 'shared' });
  },
  listReviews: (query) => read(({ db }) => listReviews(db, query)),
  readReview: (sha256) => read(({ db }) => readReview(db, sha256)),
  decide: (sha256, decision, actor, deadlines) => write(({ db }) => decide(db, sha256, decision, actor, deadlines)),
  appeal: (ticketHash, text, deadlines) => write(({ db }) => appeal(db, ticketHash, text, deadlines)),
  setBan: (ban, isBanned, actor, now) => write(({ db }) => setBan(db, ban, isBanned, actor, now)),
  listBans: () => read(({ db }) => listBans(db)),
  readAudit: (before, limit) => read(({ db }) => readAudit(db, before, limit)),
});
