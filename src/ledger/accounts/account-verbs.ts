import type { AccountLedger } from '../ledger.ts';
import type { Db } from '../schema/tables.ts';
import type { WriteQueue } from '../transactions/write-queue.ts';

/** Loaded at the first use. */
const accountRows = () => import('./account-rows.ts');
const authRows = () => import('./auth-rows.ts');
const historyRows = () => import('./history-rows.ts');
const sealedHistory = () => import('./sealed-history.ts');
const givers = () => import('./merge-givers.ts');

/** The verbs over a database's queue. */
export function accountVerbs({ read, write }: WriteQueue): AccountLedger {
  /** A verb of a module that is loaded when it is called. */
  const reading =
    <M, A extends unknown[], T>(load: () => Promise<M>, verb: (module: M) => (db: Db, ...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const run = verb(await load());
      return read(({ db }) => run(db, ...args));
    };
  const writing =
    <M, A extends unknown[], T>(
      load: () => Promise<M>,
      verb: (module: M) => (db: Db, ...args: A) => Promise<T>,
      options?: Parameters<typeof write>[1],
    ) =>
    async (...args: A): Promise<T> => {
      const run = verb(await load());
      return write(({ db }) => run(db, ...args), options);
    };
  return {
    findAuthRows: reading(authRows, (rows) => rows.findAuthRows),
    countAuthRows: reading(authRows, (rows) => rows.countAuthRows),
    addAuthRow: writing(authRows, (rows) => rows.addAuthRow),
    changeAuthRows: writing(authRows, (rows) => rows.changeAuthRows),
    removeAuthRows: writing(authRows, (rows) => rows.removeAuthRows),
    removeAccount: writing(accountRows, (rows) => rows.removeAccount),
    sweepAccounts: writing(accountRows, (rows) => rows.sweepAccounts),
    addHistory: writing(historyRows, (rows) => rows.addHistory),
    readHistory: reading(historyRows, (rows) => rows.readHistory),
    eraseHistory: writing(historyRows, (rows) => rows.eraseHistory),
    sweepHistory: writing(historyRows, (rows) => rows.sweepHistory),
    sealedHistory: reading(sealedHistory, (rows) => rows.sealedHistory),
    resealHistory: writing(sealedHistory, (rows) => rows.resealHistory),
    mergeGivers: writing(givers, (rows) => rows.mergeGivers, { isolation: 'exclusive' }),
  };
}
