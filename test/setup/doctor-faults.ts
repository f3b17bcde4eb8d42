/** Faults of an exchange in a folder, each with what `rfx doctor` should say about it. */
import { appendFile, open, rm, truncate, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import type { GiftState } from '../../src/ledger/types.ts';
import type { IssueKind } from '../../src/operations/doctor/issues.ts';
import { keysInState } from './doctor.ts';

interface InjectedFault {
  readonly kind: IssueKind;
  /** Matches the sentence of the doctor. */
  readonly message: RegExp;
  /** Injects the fault and returns its subject in the report. */
  inject(): Promise<string> | string;
}

export async function flipBit(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  await file.write(byte, 0, 1, at);
  await file.close();
}

/** Flips a byte in an index of a database. */
export async function damageIndex(path: string, name: string): Promise<void> {
  const database = new Database(path);
  const root = database.prepare('select rootpage from sqlite_master where name = ?').pluck().get(name);
  const size = database.pragma('page_size', { simple: true }) as number;
  database.pragma('wal_checkpoint(truncate)');
  database.close();
  await flipBit(path, (Number(root) - 1) * size + 4);
}

function exchangeIn(place: (path: string) => string) {
  const runSql = (statement: string): void => {
    const ledger = new Database(place('data/ledger.db'));
    ledger.exec(statement);
    ledger.close();
  };

  /** The path of the bytes of a gift in a state. */
  const giftIn = (state: GiftState) => () => {
    const [key = ''] = keysInState(state, place('data'));
    return place(join('data/vault/gifts', key.slice(0, 2), key));
  };

  const pooled = giftIn('pooled');
  const leased = giftIn('leased');
  const stray = () => place(`data/vault/gifts/ab/ab${'0'.repeat(30)}`);
  const leftover = () => place('data/vault/incoming/left-behind');
  return { runSql, pooled, leased, stray, leftover };
}

type Exchange = ReturnType<typeof exchangeIn>;
type Faults = Readonly<Record<string, InjectedFault>>;

const on = (path: () => string, change: (path: string) => Promise<void>) => async () => {
  const chosen = path();
  await change(chosen);
  return basename(chosen);
};

const faultsOfFiles = ({ pooled, leased, stray, leftover }: Exchange): Faults => ({
  'a flipped byte': {
    kind: 'damaged',
    message: /block 0 has changed/,
    inject: on(pooled, (path) => flipBit(path, 700)),
  },
  'a flipped byte of a gift on its way': {
    kind: 'damaged',
    message: /block 1 has changed/,
    inject: on(leased, (path) => flipBit(path, 140_000)),
  },
  'a truncated file': {
    kind: 'wrong-size',
    message: /it has 9 bytes instead of \d+/,
    inject: on(pooled, (path) => truncate(path, 9)),
  },
  'a file that has grown': {
    kind: 'wrong-size',
    message: /bytes instead of/,
    inject: on(pooled, (path) => appendFile(path, 'more')),
  },
  'a missing file': { kind: 'missing', message: /gone/, inject: on(pooled, (path) => rm(path)) },
  'a missing file of a gift on its way': {
    kind: 'missing',
    message: /gone/,
    inject: on(leased, (path) => rm(path)),
  },
  'stray bytes': {
    kind: 'stray',
    message: /does not know these 5 bytes/,
    inject: on(stray, (path) => writeFile(path, 'stray')),
  },
  'what a give left behind': {
    kind: 'leftover',
    message: /left behind/,
    inject: async () => {
      await writeFile(leftover(), 'half of it');
      return 'incoming/left-behind';
    },
  },
});

const faultsOfRows = ({ runSql }: Exchange): Faults => ({
  'a wrong counter': {
    kind: 'rule',
    message: /it is broken/,
    inject: () => {
      runSql("update counter set value = value + 3 where name like 'bytes/%'");
      return 'counters equal the pooled gifts and the open tickets';
    },
  },
  'a wrong total': {
    kind: 'rule',
    message: /it is broken/,
    inject: () => {
      runSql("update counter set value = value + 5 where name = 'given_total'");
      return 'every gift is pooled, leased, or counted as delivered, quarantined, withdrawn or expired';
    },
  },
  'a ticket that waits beside a gift for it': {
    kind: 'rule',
    message: /it is broken/,
    inject: () => {
      runSql("update ticket set state = 'waiting' where id in (select max(id) from ticket where state = 'open')");
      return 'no ticket waits while there is a gift for it';
    },
  },
});

/** Ways to damage the exchange below `place('data')`. */
export function faultsIn(place: (path: string) => string) {
  const exchange = exchangeIn(place);
  return { ...exchange, faults: { ...faultsOfFiles(exchange), ...faultsOfRows(exchange) } };
}
