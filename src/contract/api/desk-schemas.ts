/** Schemas of the JSON of the desk. */
import { type Static, Type } from 'typebox';
import { fileKinds, maxRuleLength, reportReasons, reviewStates } from '../vocabulary.ts';

const instant = (description: string) => Type.String({ format: 'date-time', description });
const hash = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the file, in hex.' });
const ground = Type.Enum([...reportReasons]);

const DeskReport = Type.Object({
  reason: ground,
  note: Type.Optional(Type.String({ description: "The reporter's text." })),
  state: Type.Enum(['open', 'upheld', 'dismissed']),
  reported_at: instant(''),
  party: Type.Optional(Type.String({ description: "The hash of the reporter's address; missing after RETENTION." })),
  key: Type.String({ description: 'The name of the bytes in the vault.' }),
  name: Type.String(),
  kind: Type.Enum([...fileKinds]),
  mime_type: Type.String(),
  size: Type.Integer({ minimum: 0 }),
  giver: Type.String({ description: 'The hash of the giver.' }),
});

const review = {
  id: Type.Integer(),
  sha256: hash,
  state: Type.Enum([...reviewStates], {
    description:
      'open: reported; withheld: out of the pool until a decision; approved, removed: decided; appealed: removed, and its giver has appealed.',
  }),
  opened_at: instant('Time of the first report.'),
  decided_at: Type.Optional(instant('Time of the last decision.')),
  decided_by: Type.Optional(Type.Enum(['person', 'automatic'])),
  ground: Type.Optional(ground),
  rule: Type.Optional(Type.String({ description: 'The rule that the giver is told.' })),
  appeal_until: Type.Optional(instant('End of the time for an appeal.')),
  retain_until: Type.Optional(instant('End of the legal hold.')),
  reports: Type.Array(DeskReport, { description: 'The last 100 reports, newest first.' }),
};

export const Review = Type.Object(review, { description: 'All reports of the same bytes.' });
export type Review = Static<typeof Review>;

export const WholeReview = Type.Object({
  ...review,
  appeals: Type.Array(
    Type.Object({
      text: Type.String({ description: "The giver's text." }),
      state: Type.Enum(['open', 'granted', 'refused']),
      appealed_at: instant(''),
    }),
  ),
  gifts: Type.Array(
    Type.Object({
      key: Type.String(),
      giver: Type.String(),
      state: Type.String(),
      given_at: instant(''),
      bytes_until: Type.Optional(
        instant('Until when the bytes are kept; missing while it circulates, and without bytes.'),
      ),
      withheld: Type.Boolean(),
    }),
    { description: 'The gifts that were reported or are withheld. The sweep finds further copies.' },
  ),
});
export type WholeReview = Static<typeof WholeReview>;

export const ReviewPage = Type.Object({
  reviews: Type.Array(Review),
  next: Type.Optional(Type.Integer({ description: 'Send it as `after` for the next page; missing on the last one.' })),
});
export type ReviewPage = Static<typeof ReviewPage>;

export const DecisionBody = Type.Union([
  Type.Object({ action: Type.Enum(['approve', 'undo']) }),
  Type.Object({
    action: Type.Literal('remove'),
    ground,
    rule: Type.Optional(Type.String({ maxLength: maxRuleLength, description: 'The rule that the giver is told.' })),
  }),
  Type.Object({ action: Type.Literal('hold'), until: Type.String({ format: 'date-time' }) }),
]);

export const BanBody = Type.Object({
  subject: Type.Enum(['giver', 'party']),
  value: Type.String({ minLength: 1, maxLength: 128 }),
  banned: Type.Boolean({ description: 'false takes the ban back.' }),
});

export const BanList = Type.Object({ bans: Type.Array(Type.Object({ subject: Type.String(), value: Type.String() })) });
export type BanList = Static<typeof BanList>;

export const AuditPage = Type.Object({
  entries: Type.Array(
    Type.Object({
      id: Type.Integer(),
      at: instant(''),
      actor: Type.String(),
      action: Type.String(),
      subject: Type.String(),
      detail: Type.Record(Type.String(), Type.Unknown()),
    }),
    { description: 'Newest first.' },
  ),
  next: Type.Optional(Type.Integer({ description: 'Send it as `before` for the next page.' })),
});
export type AuditPage = Static<typeof AuditPage>;
