/** Runs the suite of all ledgers against a worker's ledger. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openSqliteLedger } from '../ledger/create-ledger.ts';
import { ledgerSuite } from '../ledger/testing/suite/suite.ts';
import { exposeLedger, remoteLedger } from './remote-ledger.ts';
import { createRpcPair } from './testing/samples.ts';

let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-workers-'));
});
afterAll(() => rm(folder, { recursive: true }));

ledgerSuite('the ledger of a worker', async ({ random }) => {
  const opened = await openSqliteLedger(join(folder, `${++files}.db`), random);
  const pairs: { close(): void }[] = [];
  const connect = () => {
    const pair = createRpcPair({}, exposeLedger(opened));
    pairs.push(pair);
    return remoteLedger(pair.near);
  };
  return {
    ledger: connect(),
    second: async () => connect(),
    close: async () => {
      await opened.close();
      for (const pair of pairs) pair.close();
    },
  };
});
