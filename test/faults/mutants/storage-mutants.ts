/** Mutants that lose bytes or rows. */
import { deleted, type Mutant, trial } from './mutant.ts';

/** Acknowledged gifts that are not durable. */
export const durabilityMutants: readonly Mutant[] = [
  {
    name: 'no-file-fsync',
    summary: 'The bytes of a gift are written and renamed, but never synced.',
    edits: [
      {
        file: 'vault/disk/disk-vault.ts',
        marker: 'no-file-fsync',
        with: (line) =>
          line.replace('this.#disk.fsync(file)', 'Array.isArray(bytes) ? this.#disk.fsync(file) : Promise.resolve()'),
      },
    ],
    trials: [trial('power', 4)],
  },
  {
    name: 'no-folder-fsync',
    summary: 'The folder is not synced after a rename: after a power cut the bytes have no name.',
    edits: [{ file: 'vault/disk/disk-vault.ts', marker: 'no-folder-fsync', with: deleted }],
    trials: [trial('power', 8)],
  },
  {
    name: 'sync-normal',
    summary: "Commits are not synced: the driver's default for a write-ahead log.",
    edits: [
      {
        file: 'platform/sqlite.ts',
        marker: 'sync-normal',
        with: (line) => line.replace('FULL', 'NORMAL'),
      },
      {
        file: 'platform/sqlite.ts',
        marker: 'sync-normal-accepted',
        with: () => '  const synchronous = 2;',
      },
    ],
    trials: [trial('power', 4)],
  },
  {
    name: 'small-files-unsynced',
    summary: 'The commit of small files is not synced.',
    edits: [
      {
        file: 'vault/small-files/sqlite-store.ts',
        marker: 'small-files-unsynced',
        with: () => 'await file;',
      },
    ],
    trials: [trial('power', 4)],
  },
  {
    name: 'row-before-bytes',
    summary: 'The ledger records a gift before its bytes are durable.',
    edits: [
      {
        file: 'exchange/give.ts',
        marker: 'row-before-bytes',
        with: () => `    const kept: Uint8Array[] = [];
    for await (const chunk of peeked) kept.push(Uint8Array.from(chunk));
    const sums = (await import('../vault/integrity/checksums.ts')).createChecksumBuilder();
    for (const chunk of kept) sums.add(chunk);
    const stored = sums.stored();`,
      },
      {
        file: 'exchange/give.ts',
        marker: 'row-before-bytes-late',
        with: (line) => `${line.replace('return await', 'const given = await')}
    await context.vault.put(key, (async function* () { yield* kept; })());
    return given;`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'answer-before-commit',
    summary: 'A gift is acknowledged before its row is committed.',
    edits: [
      {
        file: 'exchange/give.ts',
        marker: 'answer-before-commit',
        with: () => `    void ledger.give(gift, deadlines).then(({ notices }) => events.publish(notices));
    const pooled = { notices: [], gift: { ...gift, givenAt: deadlines.now } };`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'no-transaction',
    summary: 'Statements of one transaction commit separately.',
    edits: [
      {
        file: 'ledger/engine/sqlite.ts',
        marker: 'no-transaction',
        with: (line) => line.replace('retryBusy(() => tx.executeQuery(beginImmediate))', 'Promise.resolve()'),
      },
      {
        file: 'ledger/engine/sqlite.ts',
        marker: 'no-transaction-commit',
        with: (line) => `if (isolation === 'read') ${line}`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'counter-apart',
    summary: 'Counters change after the transaction and not in it.',
    edits: [
      {
        file: 'ledger/stats/counters.ts',
        marker: 'counter-apart',
        with: () => 'if (rows.length > 0) setImmediate(() => void addUp(db, { rows }).catch(() => undefined));',
      },
    ],
    trials: [trial('kills', 12)],
  },
];

/** Bytes that are removed while they are needed. */
export const removalMutants: readonly Mutant[] = [
  {
    name: 'unlink-before-commit',
    summary: 'Delivered bytes are removed before the arrival is recorded.',
    edits: [
      {
        file: 'exchange/complete.ts',
        marker: 'unlink-before-commit',
        with: (line) => `await context.vault.remove(delivery.gift.key);\n${line}`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'unlink-before-withdrawal',
    summary: 'A withdrawn gift loses its bytes before the ledger accepts the withdrawal.',
    edits: [
      {
        file: 'exchange/withdraw.ts',
        marker: 'unlink-before-withdrawal',
        with: (line) => `await context.vault.remove((await lookUpTicket(context, ticket)).gift.key);\n${line}`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'sweep-of-the-young',
    summary: 'The comparison of vault and ledger removes uploads in flight.',
    edits: [
      {
        file: 'exchange/maintenance/reconcile.ts',
        marker: 'sweep-of-the-young',
        with: () => 'export const minStrayAge = 0;',
      },
      {
        file: 'exchange/maintenance/reconcile.ts',
        marker: 'sweep-of-the-young-at-once',
        with: () => 'export const suspicionTime = 0;',
      },
    ],
    trials: [trial('clocks', 6)],
  },
  {
    name: 'bytes-dropped-in-doubt',
    summary: 'A commit with an unknown outcome counts as failed.',
    edits: [
      {
        file: 'exchange/give.ts',
        marker: 'bytes-dropped-in-doubt',
        with: (line) => line.replace('=== false', '!== true'),
      },
    ],
    trials: [trial('disk-errors', 16)],
  },
];

/** Files that are not what they were. */
export const lostFileMutants: readonly Mutant[] = [
  {
    name: 'deleted-file-unnoticed',
    summary: 'The ledger goes on in a file that was deleted.',
    edits: [
      { file: 'ledger/engine/sqlite.ts', marker: 'deleted-file-unnoticed', with: deleted },
      {
        file: 'ledger/engine/sqlite.ts',
        marker: 'deleted-file-unchecked',
        with: () => '  check: async () => undefined,',
      },
    ],
    trials: [trial('deleted-files', 1)],
  },
  {
    name: 'lost-store-unnoticed',
    summary: 'A store of small files that was lost is created anew.',
    edits: [
      {
        file: 'exchange/storage/vault-binding.ts',
        marker: 'lost-store-unnoticed',
        with: (line) => line.replace('!file', 'true'),
      },
    ],
    trials: [trial('lost-store', 4)],
  },
];
