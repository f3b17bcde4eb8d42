import type { AccountLedger } from '../ledger.ts';
import type { WriteQueue } from '../transactions/write-queue.ts';

/** Loaded at the first use. */
const accountRows = () => import('./account-rows.ts');
const authRows = () => import('./auth-rows.ts');
const historyRows = () => import('./history-rows.ts');

/** The verbs over a database's queue. */
export const accountVerbs = ({ read, write }: WriteQueue): AccountLedger => ({
  findAuthRows: async (table, query) => {
    const { findAuthRows } = await authRows();
    return read(({ db }) => findAuthRows(db, table, query));
  },
  countAuthRows: async (table, where) => {
    const { countAuthRows } = await authRows();
    return read(({ db }) => countAuthRows(db, table, where));
  },
  addAuthRow: async (table, row) => {
    const { addAuthRow } = await authRows();
    return write(({ db }) => addAuthRow(db, table, row));
  },
  changeAuthRows: async (table, where, changes) => {
    const { changeAuthRows } = await authRows();
    return write(({ db }) => changeAuthRows(db, table, where, changes));
  },
  removeAuthRows: async (table, where, limit) => {
    const { removeAuthRows } = await authRows();
    return write(({ db }) => removeAuthRows(db, table, where, limit));
  },
  removeAccount: async (userId) => {
    const { removeAccount } = await accountRows();
    return write(({ db }) => removeAccount(db, userId));
  },
  sweepAccounts: async (now) => {
    const { sweepAccounts } = await accountRows();
    return write(({ db }) => sweepAccounts(db, now));
  },
  addHistory: async (userId, subjects, now) => {
    const { addHistory } = await historyRows();
    return write(({ db }) => addHistory(db, userId, subjects, now));
  },
  readHistory: async (userId, before, limit) => {
    const { readHistory } = await historyRows();
    return read(({ db }) => readHistory(db, userId, before, limit));
  },
  eraseHistory: async (userId, key) => {
    const { eraseHistory } = await historyRows();
    return write(({ db }) => eraseHistory(db, userId, key));
  },
  sweepHistory: async (times) => {
    const { sweepHistory } = await historyRows();
    return write(({ db }) => sweepHistory(db, times));
  },
  sealedHistory: async (after) => {
    const { sealedHistory } = await import('./sealed-history.ts');
    return read(({ db }) => sealedHistory(db, after));
  },
  resealHistory: async (changes) => {
    const { resealHistory } = await import('./sealed-history.ts');
    return write(({ db }) => resealHistory(db, changes));
  },
  mergeGivers: async (from, to, ticketHashes, limit) => {
    const { mergeGivers } = await import('./merge-givers.ts');
    return write(({ db }) => mergeGivers(db, from, to, ticketHashes, limit), { isolation: 'exclusive' });
  },
});
