import type { AccountLedger } from '../ledger.ts';
import type { Db } from '../schema/tables.ts';
import type { WriteQueue } from '../transactions/write-queue.ts';

/** Loaded at the first use. */
const accountRows = () => import('./account-rows.ts');
const authRows = () => import('./auth-rows.ts');
const historyRows = () => import('./history-rows.ts');
const sealedHistory = () => import('./sealed-history.ts');
const givers = () => import('./merge-givers.ts');

/** Runs a verb of one kind: read, written, or written exclusively. */
type Run = <T>(verb: (tx: { readonly db: Db }) => Promise<T>) => Promise<T>;

/** Verbs whose modules are loaded when they are called. */
const loadedVerbs =
  (runVerb: Run) =>
  <M, A extends unknown[], T>(load: () => Promise<M>, verbOf: (module: M) => (db: Db, ...args: A) => Promise<T>) =>
  async (...args: A): Promise<T> => {
    const verb = verbOf(await load());
    return runVerb(({ db }) => verb(db, ...args));
  };

/** The verbs over a database's queue. */
export function accountVerbs({ read, write }: WriteQueue): AccountLedger {
  const reading = loadedVerbs(read);
  const writing = loadedVerbs(write);
  const writingAlone = loadedVerbs((verb) => write(verb, { isolation: 'exclusive' }));
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
    mergeGivers: writingAlone(givers, (rows) => rows.mergeGivers),
  };
}
