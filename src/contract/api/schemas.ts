/** Schemas of the JSON on the wire: they validate requests, serialise responses and type both ends. */
import { type Static, Type } from 'typebox';
import {
  fileKinds,
  giftFates,
  hoursShown,
  maxNoteLength,
  operatorPages,
  reportReasons,
  thanks,
  ticketStates,
} from '../vocabulary.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const instant = (description: string) => Type.String({ format: 'date-time', description });

const giftFacts = {
  name: Type.String({ description: 'The sanitised file name; never a path.' }),
  size: count('Size in bytes.'),
  mime_type: Type.String(),
  kind: Type.Enum([...fileKinds]),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the file, in hex.' }),
  given_at: instant('Time of the give; in a delivery the hour of the give.'),
};

const giftEnd = instant(
  'When the file is deleted if nobody has drawn it. One that an open ticket needs stays until it is drawn.',
);

const lifeCut = Type.Optional(
  Type.Literal(true, {
    description: 'The life that you asked for is longer than this exchange allows; expires_at holds.',
  }),
);

const removed = Type.Optional(
  Type.Array(Type.String(), {
    description: 'Names of the metadata that was removed, never its values; missing if the file is as you gave it.',
  }),
);

export const Gift = Type.Object(giftFacts, { description: 'A given file.' });
export type Gift = Static<typeof Gift>;

const OwnGift = Type.Object({ ...giftFacts, expires_at: giftEnd }, { description: 'A file, for its giver.' });
export type OwnGift = Static<typeof OwnGift>;

export const PoolStats = Type.Object(
  {
    file_count: count('Files in the pool.'),
    total_size: count('Total size in bytes; with fewer than 16 files it is rounded up to a power of two.'),
    unique_types: count('Number of distinct file extensions.'),
    file_types: Type.Array(Type.String(), {
      description: 'The extensions in lower case, sorted; "unknown" for files without one.',
    }),
    free_count: count('Files that can be drawn without a ticket: not reserved for open tickets.'),
    kinds: Type.Array(
      Type.Object({
        kind: Type.Enum([...fileKinds]),
        file_count: count(''),
        total_size: count(''),
        free_count: count('Files of this kind that can be drawn without a ticket.'),
      }),
      { description: 'Counts and size by kind; kinds without files are omitted.' },
    ),
    given_total: count('Total number of files given.'),
    delivered_total: count('Total number of files received by strangers.'),
    hours: Type.Array(
      Type.Object({
        start: instant('Start of the hour.'),
        given: count('Files given in this hour.'),
        delivered: count('Files received in this hour.'),
      }),
      {
        minItems: hoursShown,
        maxItems: hoursShown,
        description: 'The last 24 hours of UTC in ascending order, the current hour last.',
      },
    ),
    max_file_size: count('Maximum file size in bytes.'),
    strip_metadata: Type.Enum(['off', 'ask', 'always'], {
      description: 'Whether metadata is removed from gifts: never, if you ask (Exchange-Strip-Metadata), or always.',
    }),
    pages: Type.Array(Type.Enum([...operatorPages]), { description: 'The pages of the operator, below /pages/.' }),
    accounts: Type.Optional(
      Type.Enum(['optional', 'required'], { description: 'Whether there are accounts; missing where there are none.' }),
    ),
  },
  { description: 'Statistics of the pool.' },
);
export type PoolStats = Static<typeof PoolStats>;

export const UploadAnswer = Type.Object({
  success: Type.Literal(true),
  filename: Type.String({ description: 'Unique name in the pool.' }),
  original_filename: Type.String(),
  size: count('Size in bytes.'),
  mime_type: Type.String(),
  kind: Type.Enum([...fileKinds]),
  sha256: giftFacts.sha256,
  expires_at: giftEnd,
  life_cut: lifeCut,
  removed,
});
export type UploadAnswer = Static<typeof UploadAnswer>;

export const ExchangeAnswer = Type.Object(
  {
    ticket: Type.String({ description: 'Right to one draw; a bearer secret.' }),
    giver: Type.String({
      description: 'Your giver ID: send it as Exchange-Giver with your next gift.',
    }),
    expires_at: instant('Expiry of the ticket.'),
    seat: Type.Optional(Type.Integer({ minimum: 1, description: 'In a round: the number of your seat.' })),
    salt: Type.Optional(Type.String({ description: 'In a round: the secret of your line in its roster.' })),
    opens_at: Type.Optional(instant('In a round: the time of the draw.')),
    gift: OwnGift,
    life_cut: lifeCut,
    removed,
  },
  { description: 'The gift is in the pool and has earned a ticket.' },
);
export type ExchangeAnswer = Static<typeof ExchangeAnswer>;

export const Delivery = Type.Object(
  {
    url: Type.String({ description: 'URL of the bytes: an absolute path on the same host.' }),
    ...giftFacts,
    expires_at: instant('End of the lease; each transferred byte renews it.'),
  },
  { description: 'A drawn gift on its way to its receiver.' },
);
export type Delivery = Static<typeof Delivery>;

export const DrawAnswer = Type.Object({ delivery: Delivery });
export type DrawAnswer = Static<typeof DrawAnswer>;

export const TicketStatus = Type.Object(
  {
    state: Type.Enum([...ticketStates], {
      description:
        'open: not used yet; waiting: queued for the next gift; ready: a gift is held for it; drawn: a delivery is under way; spent, withdrawn, expired: final.',
    }),
    gift: Type.Object({
      ...giftFacts,
      expires_at: giftEnd,
      fate: Type.Enum([...giftFates], { description: 'State of the gift.' }),
      thanks: Type.Optional(Type.Enum([...thanks], { description: 'Thanks from the receiver, if any.' })),
    }),
    kinds: Type.Optional(
      Type.Array(Type.Enum([...fileKinds]), { description: 'The kinds that the ticket draws; missing for any.' }),
    ),
    statement: Type.Optional(
      Type.Object(
        {
          state: Type.Enum(['withheld', 'removed', 'restored'], {
            description: 'withheld: until a person decides; restored: after an appeal.',
          }),
          ground: Type.Optional(Type.Enum([...reportReasons])),
          rule: Type.Optional(Type.String({ description: 'The rule of this exchange.' })),
          decided_by: Type.Optional(Type.Enum(['person', 'automatic'])),
          decided_at: Type.Optional(instant('')),
          appeal_until: Type.Optional(instant('Until when POST /api/tickets/{ticket}/appeal is possible.')),
          appeal: Type.Optional(Type.Enum(['open', 'granted', 'refused'])),
        },
        { description: 'Why the file is kept from everyone; missing while it is not.' },
      ),
    ),
    end_reason: Type.Optional(
      Type.Enum(['room-ended', 'too-few-seats', 'round-over'], {
        description:
          'Why the ticket or the file was ended by another than its giver: by the host of a room, or in a round with too few files or when its time was over.',
      }),
    ),
    expires_at: instant('Expiry of the ticket.'),
    ends_at: Type.Optional(instant('From a day before: when the ticket or the waiting file ends, whichever is first.')),
  },
  { description: 'State of a gift and of the draw that it earned.' },
);
export type TicketStatus = Static<typeof TicketStatus>;

export const ThanksBody = Type.Object({ emoji: Type.Enum([...thanks]) });
export type ThanksBody = Static<typeof ThanksBody>;

export const LifeBody = Type.Object({
  expires: Type.String({
    description: 'As the header Exchange-Expires: 3d, or a time. A later end than the one it has changes nothing.',
  }),
});
export type LifeBody = Static<typeof LifeBody>;

export const AppealBody = Type.Object({
  text: Type.String({ minLength: 1, maxLength: maxNoteLength, description: 'Why the file should come back.' }),
});

export const ReportBody = Type.Object({
  reason: Type.Enum([...reportReasons]),
  note: Type.Optional(Type.String({ maxLength: maxNoteLength, description: 'Free text for the operator.' })),
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
    error: Type.String({ description: 'One plain sentence; the only field of the first version.' }),
    retry_after: Type.Optional(Type.Integer({ description: 'Seconds to wait.' })),
    reason: Type.Optional(Type.String({ description: 'Code of the specific cause, for translation.' })),
    limit: Type.Optional(count('Maximum file size in bytes, for too-large.')),
    extension: Type.Optional(
      Type.String({ description: 'File extension that counts as a program, for program-name.' }),
    ),
    opens_at: Type.Optional(instant('The time of the draw, for round-not-drawn.')),
  },
  { description: 'Problem details of a refused request (RFC 9457).' },
);
