/** Bugs that the fault laboratory has to find: an unseen failure proves nothing. */
import type { Edit } from './build.ts';

/** A scenario by name, and a number of faults that suffices to catch the mutant. */
export interface Trial {
  readonly scenario: string;
  readonly points: number;
}

export interface Mutant {
  readonly name: string;
  /** The bug in one sentence. */
  readonly summary: string;
  readonly edits: readonly Edit[];
  /** Tried in turn until one of them finds something. */
  readonly trials: readonly Trial[];
}

/** Deletes the marked line. */
const deleted = () => '';

const trial = (scenario: string, points: number): Trial => ({ scenario, points });

/** Acknowledged gifts that are not durable. */
const keeping: readonly Mutant[] = [
  {
    name: 'no-file-fsync',
    summary: 'The bytes of a gift are written and renamed, and never synced.',
    edits: [
      {
        file: 'vault/disk/disk-vault.ts',
        marker: 'no-file-fsync',
        with: (line) =>
          line.replace(
            'this.#disk.fsync(file)',
            'Array.isArray(bytes) ? this.#disk.fsync(file) : Promise.resolve()',
          ),
      },
    ],
    trials: [trial('power', 4)],
  },
  {
    name: 'no-folder-fsync',
    summary:
      "A gift's name is not synced: the bytes are there after a power cut, and nobody finds them.",
    edits: [{ file: 'vault/disk/disk-vault.ts', marker: 'no-folder-fsync', with: deleted }],
    trials: [trial('power', 8)],
  },
  {
    name: 'sync-normal',
    summary: "SQLite's driver's own choice for a write-ahead log: a commit is not synced.",
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
    summary: 'Small gifts are committed side by side, and the commit is not synced.',
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
    summary: 'The ledger knows a gift before its bytes are kept.',
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
    summary: 'A gift is acknowledged while its row is still on its way into the ledger.',
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
    summary: 'What belongs together in the ledger is written one by one.',
    edits: [
      {
        file: 'ledger/engine/sqlite.ts',
        marker: 'no-transaction',
        with: (line) =>
          line.replace('retryBusy(() => tx.executeQuery(beginImmediate))', 'Promise.resolve()'),
      },
      {
        file: 'ledger/engine/sqlite.ts',
        marker: 'no-transaction-commit',
        with: (line) => `if (turn === 'read') ${line}`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'counter-apart',
    summary: 'What is counted is counted after the transaction that changed it.',
    edits: [
      {
        file: 'ledger/stats/counters.ts',
        marker: 'counter-apart',
        with: () =>
          'if (rows.length > 0) setImmediate(() => void addUp(db, { rows }).catch(() => undefined));',
      },
    ],
    trials: [trial('kills', 12)],
  },
];

/** Bytes that are removed while they are needed. */
const removing: readonly Mutant[] = [
  {
    name: 'unlink-before-commit',
    summary: 'What was sent is removed, and only then it is written down that it arrived.',
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
    summary: 'A gift that is taken back loses its bytes before the ledger says whether it may go.',
    edits: [
      {
        file: 'exchange/withdraw.ts',
        marker: 'unlink-before-withdrawal',
        with: (line) =>
          `await context.vault.remove((await lookUpTicket(context, ticket)).gift.key);\n${line}`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'sweep-of-the-young',
    summary: "The comparison of vault and ledger takes what is just coming in for nobody's.",
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
    summary: 'A commit of which nobody knows whether it happened is taken for one that did not.',
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

/** Gifts that go to the wrong receiver, or to none. */
const handing: readonly Mutant[] = [
  {
    name: 'key-ignored',
    summary: 'Who asks again because no answer came gives a second gift.',
    edits: [
      {
        file: 'http/handlers/give.ts',
        marker: 'key-ignored',
        with: (line) => line.replace('keyOf(request)', 'undefined'),
      },
    ],
    trials: [trial('aborts', 150)],
  },
  {
    name: 'lease-not-renewed',
    summary: 'A transfer that takes longer than a lease loses its gift to somebody else.',
    edits: [
      { file: 'exchange/deliver.ts', marker: 'lease-not-renewed', with: deleted },
      {
        file: 'exchange/deliver.ts',
        marker: 'lease-not-renewed-by-timer',
        with: (line) => line.replace('void renew().catch(() => undefined)', 'undefined'),
      },
    ],
    trials: [trial('slow-clients', 3)],
  },
  {
    name: 'ticket-spent-on-abort',
    summary: 'A delivery that came to nothing costs its ticket.',
    edits: [
      {
        file: 'ledger/matching/tickets.ts',
        marker: 'ticket-spent-on-abort',
        with: (line) => line.replace('open', 'spent'),
      },
      {
        file: 'ledger/matching/tickets.ts',
        marker: 'ticket-spent-on-abort-count',
        with: (line) => line.replace(', 1)', ', 0)'),
      },
    ],
    trials: [trial('abandoned-clients', 20)],
  },
  {
    name: 'completed-before-sent',
    summary: 'A gift counts as arrived when its first byte is sent.',
    edits: [
      {
        file: 'exchange/deliver.ts',
        marker: 'completed-before-sent',
        with: (line) =>
          `${line}\nawait context.ledger.complete(delivery.id, deadlinesFrom(context));`,
      },
    ],
    trials: [trial('aborts', 150)],
  },
  {
    name: 'reset-ignored',
    summary: 'Who resets the connection with bytes unread is taken for somebody who has them all.',
    edits: [
      {
        file: 'http/response/stream-file.ts',
        marker: 'reset-ignored',
        with: (line) => line.replace('whole ?', 'whole && span.start < 0 ?'),
      },
    ],
    trials: [trial('abandoned-clients', 60)],
  },
  {
    name: 'arrival-ignored',
    summary: 'Who hangs up right after the last byte is taken for somebody who does not have it.',
    edits: [
      {
        file: 'http/response/stream-file.ts',
        marker: 'arrival-ignored',
        with: (line) => line.replace('? undefined : error', '? error : error'),
      },
    ],
    trials: [trial('abandoned-clients', 60)],
  },
  {
    name: 'yes-too-late',
    summary: '"I have it" is answered with yes although the gift is somebody else\'s by now.',
    edits: [
      {
        file: 'exchange/complete.ts',
        marker: 'yes-too-late',
        with: () => '  if (notices === undefined) return;',
      },
      {
        file: 'exchange/complete.ts',
        marker: 'yes-too-late-lapsed',
        with: () =>
          `  const delivery = await (await import('./deliver.ts')).findAnyDelivery(context, secret);`,
      },
    ],
    trials: [trial('abandoned-clients', 20)],
  },
  {
    name: 'own-gift',
    summary: 'Nobody looks whose gift it is.',
    edits: [
      {
        file: 'ledger/matching/random-pick.ts',
        marker: 'own-gift',
        with: () => '  return own === undefined;',
      },
    ],
    trials: [trial('shutdown', 4)],
  },
  {
    name: 'owed-gift-taken',
    summary: 'A draw without a ticket takes what a ticket is owed.',
    edits: [
      {
        file: 'ledger/verbs/draw.ts',
        marker: 'owed-gift-taken',
        with: (line) => line.replace('- owed', '- 0 * owed'),
      },
    ],
    trials: [trial('abandoned-clients', 20)],
  },
  {
    name: 'damage-unseen',
    summary: 'What is sent is not compared with what was given.',
    edits: [
      {
        file: 'vault/disk/block-reader.ts',
        marker: 'damage-unseen-on-disk',
        with: (line) => line.replace(', block))', ', block) && start < 0)'),
      },
      {
        file: 'vault/small-files/layered-vault.ts',
        marker: 'damage-unseen-in-small-files',
        with: () => '      ;',
      },
    ],
    trials: [trial('bit-rot', 8)],
  },
];

/** Processes that misbehave. */
const behaving: readonly Mutant[] = [
  {
    name: 'folder-unlocked',
    summary: 'Two processes open one data folder.',
    edits: [
      {
        file: 'app/data-folder.ts',
        marker: 'folder-unlocked',
        with: () => '  if (unlock !== null) return unlock ?? (() => undefined);',
      },
    ],
    trials: [trial('shutdown', 1)],
  },
  {
    name: 'no-graceful-stop',
    summary: 'Told to end, it ends in the middle of whatever is under way.',
    edits: [{ file: 'app/shutdown.ts', marker: 'no-graceful-stop', with: deleted }],
    trials: [trial('shutdown', 4)],
  },
  {
    name: 'file-left-open',
    summary: 'A delivery that is broken off keeps its file open.',
    edits: [{ file: 'exchange/deliver.ts', marker: 'file-left-open', with: deleted }],
    trials: [trial('aborts', 150)],
  },
];

export const mutants: readonly Mutant[] = [...keeping, ...removing, ...handing, ...behaving];
