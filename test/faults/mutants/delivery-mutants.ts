/** Mutants that deliver wrongly or misbehave as a process. */
import { deleted, type Mutant, trial } from './mutant.ts';

/** Gifts that go to the wrong receiver, or to none. */
export const deliveryMutants: readonly Mutant[] = [
  {
    name: 'key-ignored',
    summary: 'A retry after a lost answer gives a second gift.',
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
    summary: 'A transfer longer than a lease loses its gift to another receiver.',
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
    summary: 'An aborted delivery spends its ticket.',
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
    summary: 'A delivery is complete when its first byte is sent.',
    edits: [
      {
        file: 'exchange/deliver.ts',
        marker: 'completed-before-sent',
        with: (line) => `${line}\nawait context.ledger.complete(delivery.id, deadlinesFrom(context));`,
      },
    ],
    trials: [trial('aborts', 150)],
  },
  {
    name: 'reset-ignored',
    summary: 'A reset with unread bytes counts as received.',
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
    name: 'yes-too-late',
    summary: 'A late acknowledgement is accepted although the gift already belongs to another receiver.',
    edits: [
      {
        file: 'exchange/complete.ts',
        marker: 'yes-too-late',
        with: () => '  if (notices === undefined) return;',
      },
      {
        file: 'exchange/complete.ts',
        marker: 'yes-too-late-lapsed',
        with: () => `  const delivery = await (await import('./deliver.ts')).findAnyDelivery(context, secret);`,
      },
    ],
    trials: [trial('abandoned-clients', 20)],
  },
  {
    name: 'received-unsent',
    summary: 'An acknowledgement counts although not a byte was sent.',
    edits: [
      {
        file: 'ledger/verbs/complete.ts',
        marker: 'received-unsent',
        with: () => '  const isRefused = (_request: CompleteRequest) => false;',
      },
    ],
    trials: [trial('abandoned-clients', 20)],
  },
  {
    name: 'another-after-lapse',
    summary: 'A ticket draws another gift after each lapse of its delivery.',
    edits: [
      {
        file: 'ledger/matching/claim.ts',
        marker: 'another-after-lapse',
        with: (line) => line.replace('!== null', '=== -1'),
      },
    ],
    trials: [trial('lapses', 3)],
  },
  {
    name: 'lease-without-end',
    summary: 'Bytes that were sent before renew a lease.',
    edits: [
      {
        file: 'ledger/verbs/deliver.ts',
        marker: 'lease-without-end',
        with: () => '  const isRenewed = true;',
      },
    ],
    trials: [trial('lapses', 1)],
  },
  {
    name: 'own-gift',
    summary: 'A draw does not exclude the gifts of its own giver.',
    edits: [
      {
        file: 'ledger/matching/eligible-gifts.ts',
        marker: 'own-gift',
        with: () => '  return own === undefined;',
      },
    ],
    trials: [trial('shutdown', 4)],
  },
  {
    name: 'owed-gift-taken',
    summary: 'A draw without a ticket takes a gift that is owed to a ticket.',
    edits: [
      {
        file: 'ledger/verbs/draw-free.ts',
        marker: 'owed-gift-taken',
        with: (line) => line.replace('- owed', '- 0 * owed'),
      },
    ],
    trials: [trial('abandoned-clients', 20)],
  },
  {
    name: 'owed-kind-taken',
    summary: 'A draw takes a gift of a kind that tickets are owed.',
    edits: [
      {
        file: 'ledger/matching/owed-kinds.ts',
        marker: 'owed-kind-taken',
        with: (line) => line.replace(' - of', ' - 0 * of'),
      },
    ],
    trials: [trial('abandoned-clients', 40)],
  },
  {
    name: 'damage-unseen',
    summary: 'Blocks are sent without verification.',
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
export const processMutants: readonly Mutant[] = [
  {
    name: 'folder-unlocked',
    summary: 'Two processes open one data folder.',
    edits: [
      {
        file: 'app/data-folder.ts',
        marker: 'folder-unlocked',
        with: () => '  if (lock !== null) return lock ?? { assertHeld: () => undefined, release: () => undefined };',
      },
    ],
    trials: [trial('shutdown', 1)],
  },
  {
    name: 'no-graceful-stop',
    summary: 'The service ends without waiting for transfers in flight.',
    edits: [{ file: 'app/shutdown.ts', marker: 'no-graceful-stop', with: deleted }],
    trials: [trial('shutdown', 4)],
  },
  {
    name: 'file-left-open',
    summary: 'An aborted delivery keeps its file open.',
    edits: [{ file: 'exchange/deliver.ts', marker: 'file-left-open', with: deleted }],
    trials: [trial('aborts', 150)],
  },
];
