/** Bugs that the fault laboratory has to find: what was never seen to fail proves nothing. */
import type { Edit } from './build.ts';

/** A scenario, by name, and how many faults of it are enough to catch a mutant. */
export interface Trial {
  readonly scenario: string;
  readonly points: number;
}

export interface Mutant {
  readonly name: string;
  /** One sentence: what is wrong with it. */
  readonly about: string;
  readonly edits: readonly Edit[];
  /** Tried one after the other until one of them finds something. */
  readonly trials: readonly Trial[];
}

const trial = (scenario: string, points: number): Trial => ({ scenario, points });

/** What is kept is not durable when it is acknowledged. */
const keeping: readonly Mutant[] = [
  {
    name: 'no-file-fsync',
    about: 'The bytes of a gift are written and renamed, and never synced.',
    edits: [
      {
        file: 'vault/disk/disk-vault.ts',
        find: 'const sync = () => this.#onWrite(() => this.#disk.fsync(file));',
        // Only of gifts: the vault's own id is synced.
        replace:
          'const sync = async () => { if (Array.isArray(bytes)) await this.#onWrite(() => this.#disk.fsync(file)); };',
      },
    ],
    trials: [trial('power', 4)],
  },
  {
    name: 'no-folder-fsync',
    about:
      "A gift's name is not synced: the bytes are there after a power cut, and nobody finds them.",
    edits: [
      {
        file: 'vault/disk/disk-vault.ts',
        find: '      await this.#onWrite(() => syncFolder(this.#disk, dirname(kept)));\n',
        replace: '',
      },
    ],
    trials: [trial('power', 8)],
  },
  {
    name: 'sync-normal',
    about: "SQLite's driver's own choice for a write-ahead log: a commit is not synced.",
    edits: [
      {
        file: 'platform/sqlite.ts',
        find: "database.pragma('synchronous = FULL')",
        replace: "database.pragma('synchronous = NORMAL')",
      },
      {
        file: 'platform/sqlite.ts',
        find: 'if (synchronous !== 2)',
        replace: 'if (synchronous !== 1)',
      },
    ],
    trials: [trial('power', 4)],
  },
  {
    name: 'bundle-unsynced',
    about: 'Small gifts are committed side by side, and the commit is not synced.',
    edits: [
      {
        file: 'vault/small-files/sqlite-store.ts',
        find: 'await (await file).datasync();',
        replace: 'await file;',
      },
    ],
    trials: [trial('power', 4)],
  },
  {
    name: 'row-before-bytes',
    about: 'The ledger knows a gift before its bytes are kept.',
    edits: [
      {
        file: 'exchange/give.ts',
        find: `    const stored = await context.vault.put(key, resumed(head, bytes));
    return await pool(context, offer, finding, key, stored);`,
        replace: `    const kept: Uint8Array[] = [];
    for await (const chunk of resumed(head, bytes)) kept.push(Uint8Array.from(chunk));
    const tally = (await import('../vault/checks.ts')).startTally();
    for (const chunk of kept) tally.add(chunk);
    const given = await pool(context, offer, finding, key, tally.stored());
    await context.vault.put(key, (async function* () { yield* kept; })());
    return given;`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'answer-before-commit',
    about: 'A gift is acknowledged while its row is still on its way into the ledger.',
    edits: [
      {
        file: 'exchange/give.ts',
        find: `    const pooled = await ledger.poolGift(gift, terms);
    board.announce(pooled.notices);
    return pooled.gift;`,
        replace: `    void ledger.poolGift(gift, terms).then(({ notices }) => board.announce(notices));
    return { ...gift, givenAt: terms.now };`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'no-transaction',
    about: 'What belongs together in the ledger is written one by one.',
    edits: [
      {
        file: 'ledger/engine/sqlite.ts',
        find: `await (turn === 'read'
        ? tx.executeQuery(beginReading)
        : patiently(() => tx.executeQuery(beginAlone)));`,
        replace: "if (turn === 'read') await tx.executeQuery(beginReading);",
      },
      {
        file: 'ledger/engine/sqlite.ts',
        find: 'await tx.executeQuery(commit);',
        replace: "if (turn === 'read') await tx.executeQuery(commit);",
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'counter-apart',
    about: 'What is counted is counted after the transaction that changed it.',
    edits: [
      {
        file: 'ledger/stats/counters.ts',
        find: 'if (rows.length > 0) await addUp(db, { rows });',
        replace:
          'if (rows.length > 0) setImmediate(() => void addUp(db, { rows }).catch(() => undefined));',
      },
    ],
    trials: [trial('kills', 12)],
  },
];

/** What is removed is still needed. */
const removing: readonly Mutant[] = [
  {
    name: 'unlink-before-commit',
    about: 'What was sent is removed, and only then it is written down that it arrived.',
    edits: [
      {
        file: 'exchange/complete.ts',
        find: '  const notices = await persistently(',
        replace: `  await context.vault.remove(delivery.gift.key);
  const notices = await persistently(`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'unlink-before-withdrawal',
    about: 'A gift that is taken back loses its bytes before the ledger says whether it may go.',
    edits: [
      {
        file: 'exchange/withdraw.ts',
        find: '  context.board.announce(await context.ledger.withdraw(hashOfTicket(ticket), termsAt(context)));',
        replace: `  await context.vault.remove((await findTicket(context, ticket)).gift.key);
  context.board.announce(await context.ledger.withdraw(hashOfTicket(ticket), termsAt(context)));`,
      },
    ],
    trials: [trial('kills', 12)],
  },
  {
    name: 'sweep-of-the-young',
    about: "The comparison of vault and ledger takes what is just coming in for nobody's.",
    edits: [
      {
        file: 'exchange/maintenance/sweep.ts',
        find: 'export const settlingTime = 60 * 60 * 1000;',
        replace: 'export const settlingTime = 0;',
      },
      // It has to be seen twice, too.
      {
        file: 'exchange/maintenance/sweep.ts',
        find: 'export const doubtTime = 60_000;',
        replace: 'export const doubtTime = 0;',
      },
    ],
    trials: [trial('clocks', 6)],
  },
  {
    name: 'bytes-dropped-in-doubt',
    about: 'A commit of which nobody knows whether it happened is taken for one that did not.',
    edits: [
      {
        file: 'exchange/give.ts',
        find: 'if (happened === false) await',
        replace: 'if (happened !== true) await',
      },
    ],
    trials: [trial('errors', 16)],
  },
];

/** What was promised to one goes to another, or to nobody. */
const handing: readonly Mutant[] = [
  {
    name: 'key-ignored',
    about: 'Who asks again because no answer came gives a second gift.',
    edits: [
      {
        file: 'http/handlers/give.ts',
        find: 'idempotencyKey: keyOf(request) }',
        replace: 'idempotencyKey: undefined }',
      },
    ],
    trials: [trial('aborts', 150)],
  },
  {
    name: 'lease-not-renewed',
    about: 'A transfer that takes longer than a lease loses its gift to somebody else.',
    edits: [
      {
        file: 'exchange/deliver.ts',
        find: 'if (context.now() > until - rules.lease / 2) await renew();',
        replace: 'if (context.now() < 0) await renew();',
      },
      {
        file: 'exchange/deliver.ts',
        find: 'const again = () => void renew().catch(() => undefined);',
        replace: 'const again = () => undefined;',
      },
    ],
    trials: [trial('slow', 3)],
  },
  {
    name: 'ticket-spent-on-abort',
    about: 'A delivery that came to nothing costs its ticket.',
    edits: [
      {
        file: 'ledger/matching/tickets.ts',
        find: `    .set({ state: 'open' })
    .where('id', '=', ticketId)
    .returning('pool_id')
    .executeTakeFirstOrThrow();
  await count(db, pool_id, one('open_tickets', 1));`,
        replace: `    .set({ state: 'spent' })
    .where('id', '=', ticketId)
    .returning('pool_id')
    .executeTakeFirstOrThrow();
  await count(db, pool_id, new Map());`,
      },
    ],
    trials: [trial('absent', 20)],
  },
  {
    name: 'noted-before-sent',
    about: 'A gift counts as arrived when its first byte is sent.',
    edits: [
      {
        file: 'exchange/deliver.ts',
        find: '  const first = await guarded(context, delivery, blocks.next());\n',
        replace: `  const first = await guarded(context, delivery, blocks.next());
  await context.ledger.finish(delivery.id, termsAt(context));
`,
      },
    ],
    trials: [trial('aborts', 150)],
  },
  {
    name: 'reset-unheard',
    about: 'Who resets the connection with bytes unread is taken for somebody who has them all.',
    edits: [
      {
        file: 'http/response/stream-file.ts',
        find: 'whole ? watchForReset(request.raw.socket) : undefined',
        replace: 'undefined as ReturnType<typeof watchForReset> | undefined',
      },
    ],
    trials: [trial('absent', 60)],
  },
  {
    name: 'arrival-unnoted',
    about: 'Who hangs up right after the last byte is taken for somebody who does not have it.',
    edits: [
      {
        file: 'http/response/stream-file.ts',
        find: 'return isOut && !response.req.socket.errored ? undefined : error;',
        replace: 'return isOut && response.req.socket.closed ? error : error;',
      },
    ],
    trials: [trial('absent', 60)],
  },
  {
    name: 'yes-too-late',
    about: '"I have it" is answered with yes although the gift is somebody else\'s by now.',
    edits: [
      {
        file: 'exchange/complete.ts',
        find: "  if (notices === undefined) throw new Problem('delivery-over');\n  context.board.announce(notices);",
        replace: '  context.board.announce(notices ?? []);',
      },
      {
        file: 'exchange/complete.ts',
        find: 'const delivery = await claimedDelivery(context, secret);',
        replace:
          "const delivery = await (await import('./deliver.ts')).knownDelivery(context, secret);",
      },
    ],
    trials: [trial('absent', 20)],
  },
  {
    name: 'own-gift',
    about: 'Nobody looks whose gift it is.',
    edits: [
      {
        file: 'ledger/matching/random-pick.ts',
        find: 'return own !== null && (gift.giver === own.giver || gift.sha256 === own.sha256);',
        replace: 'return own === undefined;',
      },
    ],
    trials: [trial('ending', 4)],
  },
  {
    name: 'owed-gift-taken',
    about: 'A draw without a ticket takes what a ticket is owed.',
    edits: [
      {
        file: 'ledger/verbs/draw.ts',
        find: 'return { pool, free: gifts - owed };',
        replace: 'return { pool, free: gifts - 0 * owed };',
      },
    ],
    trials: [trial('absent', 20)],
  },
  {
    name: 'damage-unseen',
    about: 'What is sent is not compared with what was given.',
    edits: [
      {
        file: 'vault/disk/block-reader.ts',
        find: 'if (!verifyBlock(checks, (start + at) / blockSize, block)) return at;',
        replace:
          'if (!verifyBlock(checks, (start + at) / blockSize, block) && start < 0) return at;',
      },
      {
        file: 'vault/small-files/layered-vault.ts',
        find: 'if (!verifyBlock(checks, start / blockSize, block))',
        replace: 'if (!verifyBlock(checks, start / blockSize, block) && start < 0)',
      },
    ],
    trials: [trial('rot', 8)],
  },
];

/** The process itself does not behave. */
const behaving: readonly Mutant[] = [
  {
    name: 'folder-unlocked',
    about: 'Two processes open one data folder.',
    edits: [
      {
        file: 'app/create-app.ts',
        find: '  if (unlock) return unlock;',
        replace: '  if (unlock !== null) return unlock ?? (() => undefined);',
      },
    ],
    trials: [trial('ending', 1)],
  },
  {
    name: 'no-goodbye',
    about: 'Told to end, it ends in the middle of whatever is under way.',
    edits: [
      {
        file: 'app/listen.ts',
        find: '    isClosing = true;\n    await close();',
        replace: '    isClosing = true;',
      },
    ],
    trials: [trial('ending', 4)],
  },
  {
    name: 'file-left-open',
    about: 'A delivery that is broken off keeps its file open.',
    edits: [
      {
        file: 'exchange/deliver.ts',
        find: '      await blocks.return?.();\n',
        replace: '',
      },
    ],
    trials: [trial('aborts', 150)],
  },
];

export const mutants: readonly Mutant[] = [...keeping, ...removing, ...handing, ...behaving];
