/** The JSON that both sides speak, as schemas: validated on the way in, serialised on the way out, typed everywhere. */
import { type Static, Type } from 'typebox';
import { fileKinds, hoursShown, maxNoteLength, reportReasons, thanks } from '../vocabulary.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

const giftFacts = {
  name: Type.String({ description: 'The file name, cleaned; data, never a path.' }),
  size: count('Bytes.'),
  mime_type: Type.String(),
  kind: Type.Enum([...fileKinds]),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Of the whole file, in hex.' }),
  given_at: instant('When it was given.'),
};

export const Gift = Type.Object(giftFacts, { description: 'A file that somebody gave.' });
export type Gift = Static<typeof Gift>;

export const PoolStats = Type.Object(
  {
    file_count: count('Files that wait in the pool.'),
    total_size: count('Their bytes together.'),
    unique_types: count('How many different extensions there are.'),
    file_types: Type.Array(Type.String(), {
      description: 'Those extensions in lower case, sorted; "unknown" for none.',
    }),
    free_count: count('Files that a draw without a ticket may take: those no open ticket is owed.'),
    kinds: Type.Array(
      Type.Object({
        kind: Type.Enum([...fileKinds]),
        file_count: count(''),
        total_size: count(''),
      }),
      { description: 'The same by kind; kinds without files are left out.' },
    ),
    given_total: count('Files ever given.'),
    delivered_total: count('Files that ever reached a stranger.'),
    hours: Type.Array(
      Type.Object({
        start: instant('When the hour began.'),
        given: count('Files given in it.'),
        delivered: count('Files that reached a stranger in it.'),
      }),
      {
        minItems: hoursShown,
        maxItems: hoursShown,
        description: 'The last 24 hours of UTC, oldest first; the last is the current one.',
      },
    ),
    max_file_size: count('The largest file that may be given, in bytes.'),
  },
  { description: 'What is in the pool, from counters.' },
);
export type PoolStats = Static<typeof PoolStats>;

export const UploadAnswer = Type.Object({
  success: Type.Literal(true),
  filename: Type.String({ description: 'The unique name in the pool.' }),
  original_filename: Type.String(),
  size: count('Bytes.'),
  mime_type: Type.String(),
  kind: Type.Enum([...fileKinds]),
  sha256: giftFacts.sha256,
});
export type UploadAnswer = Static<typeof UploadAnswer>;

export const ExchangeAnswer = Type.Object(
  {
    ticket: Type.String({ description: 'The promise of one draw; a secret of its bearer.' }),
    giver: Type.String({
      description: 'Who you are to the exchange: send it as Exchange-Giver with your next gift.',
    }),
    gift: Gift,
  },
  { description: 'Your gift is in the pool and has earned a ticket.' },
);
export type ExchangeAnswer = Static<typeof ExchangeAnswer>;

export const Delivery = Type.Object(
  {
    url: Type.String({ description: 'Where the bytes are, relative to the service.' }),
    ...giftFacts,
    expires_at: instant('When the lease ends; every byte that moves renews it.'),
  },
  { description: 'A drawn gift on its way to its receiver.' },
);
export type Delivery = Static<typeof Delivery>;

export const DrawAnswer = Type.Object({ delivery: Delivery });
export type DrawAnswer = Static<typeof DrawAnswer>;

export const ticketStates = [
  'open',
  'waiting',
  'ready',
  'drawn',
  'spent',
  'withdrawn',
  'expired',
] as const;

export const giftFates = [
  'waiting',
  'on-its-way',
  'landed',
  'withdrawn',
  'expired',
  'removed',
] as const;

export const TicketStatus = Type.Object(
  {
    state: Type.Enum([...ticketStates], {
      description:
        'open: draw when you like; waiting: nothing for you yet, you are next; ready: a file is kept for you; drawn: a delivery is under way; spent, withdrawn, expired: over.',
    }),
    gift: Type.Object({
      ...giftFacts,
      fate: Type.Enum([...giftFates], { description: 'What became of your gift.' }),
      thanks: Type.Optional(
        Type.Enum([...thanks], { description: 'What its receiver said, if anything.' }),
      ),
    }),
    expires_at: instant('Until when the ticket is good.'),
  },
  { description: 'What became of a gift and of the draw it earned.' },
);
export type TicketStatus = Static<typeof TicketStatus>;

export const ThanksBody = Type.Object({ emoji: Type.Enum([...thanks]) });
export type ThanksBody = Static<typeof ThanksBody>;

export const ReportBody = Type.Object({
  reason: Type.Enum([...reportReasons]),
  note: Type.Optional(
    Type.String({ maxLength: maxNoteLength, description: 'For the operator, in your words.' }),
  ),
});
export type ReportBody = Static<typeof ReportBody>;

export const HealthSchema = Type.Object({
  status: Type.Enum(['ok', 'failing']),
  checks: Type.Optional(Type.Record(Type.String(), Type.String())),
});

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    error: Type.String({ description: 'One plain sentence, as the first version answered.' }),
    retry_after: Type.Optional(Type.Integer({ description: 'Seconds to wait.' })),
    reason: Type.Optional(
      Type.String({ description: 'Which of several causes it was: a code, to be translated.' }),
    ),
    limit: Type.Optional(count('The most bytes that a file may have, where it has more.')),
    extension: Type.Optional(
      Type.String({ description: 'What makes a name that of a program, where it does.' }),
    ),
  },
  { description: 'Why a request was refused (RFC 9457).' },
);
