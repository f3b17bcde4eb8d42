/** Schemas of the JSON of accounts. */
import { type Static, Type } from 'typebox';
import { accountRoles, giftFates, thanks, ticketStates } from '../vocabulary.ts';
import { Gift } from './schemas.ts';

const instant = (description: string) => Type.String({ format: 'date-time', description });
const maxNameLength = 64;
const AccountName = Type.String({ maxLength: maxNameLength, description: 'Shown to the owner only.' });

const Passkey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  created_at: instant(''),
  is_synced: Type.Boolean({ description: 'Kept on several devices by the maker of the device.' }),
});

export const AccountState = Type.Object(
  {
    required: Type.Boolean({ description: 'Nothing is given and drawn here without an account.' }),
    methods: Type.Object(
      {
        passkey: Type.Literal(true),
        email: Type.Boolean(),
        openid: Type.Optional(Type.String({ description: 'The name of the provider.' })),
      },
      { description: 'The ways to sign in here.' },
    ),
    account: Type.Optional(
      Type.Object(
        {
          name: Type.String(),
          email: Type.Optional(Type.String()),
          role: Type.Enum([...accountRoles]),
          created_at: instant(''),
          passkeys: Type.Array(Passkey),
          has_password: Type.Boolean(),
          has_openid: Type.Boolean(),
        },
        { description: 'Missing without a session.' },
      ),
    ),
  },
  { description: 'The ways to sign in, and the account of the session.' },
);
export type AccountState = Static<typeof AccountState>;

export const RenameBody = Type.Object({ name: Type.String({ minLength: 1, maxLength: maxNameLength }) });

export const PasskeyOptionsBody = Type.Object({
  purpose: Type.Enum(['sign-up', 'sign-in', 'add']),
  name: Type.Optional(AccountName),
});
export type PasskeyOptionsBody = Static<typeof PasskeyOptionsBody>;

/** The answer of the browser's WebAuthn, as JSON (W3C WebAuthn Level 3, section 5.1). The library checks its parts. */
const Credential = Type.Object({ id: Type.String(), response: Type.Object({}) });

export const AddPasskeyBody = Type.Object({ credential: Credential, name: Type.Optional(AccountName) });

export const PasskeyBody = Type.Object({ credential: Credential });

const Email = Type.String({ pattern: '^[^@\\s]{1,64}@[^@\\s]{1,190}$' });

export const LinkBody = Type.Object({
  email: Email,
  language: Type.Optional(Type.String({ maxLength: 16, description: 'The language of the mail; en by default.' })),
});

export const LinkTokenBody = Type.Object({ token: Type.String({ maxLength: 128 }) });

export const PasswordSignInBody = Type.Object({ email: Email, password: Type.String({ maxLength: 1024 }) });

export const PasswordBody = Type.Object({ password: Type.String({ maxLength: 1024 }) });

/** Options of WebAuthn for the browser. */
export const PasskeyOptions = Type.Object({}, { additionalProperties: true });

export const OpenidStart = Type.Object({ url: Type.String({ description: 'The address at the provider to go to.' }) });
export type OpenidStart = Static<typeof OpenidStart>;

export const Sessions = Type.Object({
  sessions: Type.Array(
    Type.Object({
      id: Type.String(),
      current: Type.Boolean({ description: 'The session of this request.' }),
      created_at: instant(''),
      last_seen_at: instant('To the day.'),
      expires_at: instant(''),
      user_agent: Type.String(),
    }),
  ),
});
export type Sessions = Static<typeof Sessions>;

const gave = Type.Intersect([
  Gift,
  Type.Object({
    fate: Type.Enum([...giftFates]),
    thanks: Type.Optional(Type.Enum([...thanks], { description: 'From its receiver.' })),
  }),
]);

const received = Type.Intersect([
  Gift,
  Type.Object({
    received_at: Type.Optional(instant('Missing while it is on its way.')),
    thanks: Type.Optional(Type.Enum([...thanks], { description: 'That you sent.' })),
    reported: Type.Boolean(),
  }),
]);

export const HistoryItem = Type.Object(
  {
    id: Type.String({ description: 'SHA-256 of the ticket or of the secret of the delivery, in hex.' }),
    at: instant('Beginning of the exchange.'),
    gave: Type.Optional(gave),
    received: Type.Optional(received),
    state: Type.Optional(Type.Enum([...ticketStates], { description: 'State of the draw; missing for a plain gift.' })),
    expires_at: Type.Optional(instant('Expiry of the ticket or the delivery.')),
  },
  { description: 'One exchange, free draw or plain gift.' },
);
export type HistoryItem = Static<typeof HistoryItem>;

export const HistoryAnswer = Type.Object({
  entries: Type.Array(HistoryItem),
  next: Type.Optional(Type.Integer({ description: 'The cursor of the next page; missing on the last.' })),
});
export type HistoryAnswer = Static<typeof HistoryAnswer>;

const maxTaken = 100;

export const TakeOverBody = Type.Object({
  giver: Type.Optional(Type.String({ description: 'The giver ID of the browser.' })),
  tickets: Type.Array(Type.String({ maxLength: 40 }), { maxItems: maxTaken }),
  deliveries: Type.Array(Type.String({ maxLength: 40 }), {
    maxItems: maxTaken,
    description: 'Secrets of deliveries that were drawn without a ticket.',
  }),
});
export type TakeOverBody = Static<typeof TakeOverBody>;

export const TakeOverAnswer = Type.Object({
  giver: Type.String({ description: 'The giver ID of the account, for gifts without a session.' }),
  added: Type.Integer({ description: 'Entries that are new in the account.' }),
  known: Type.Integer({ description: 'Entries that were in the account already.' }),
  foreign: Type.Integer({ description: 'Entries that belong to another account.' }),
  unknown: Type.Integer({ description: 'Tickets and deliveries that the exchange has forgotten.' }),
});
export type TakeOverAnswer = Static<typeof TakeOverAnswer>;

export const AccountExport = Type.Object(
  {
    exported_at: instant(''),
    account: Type.Object({}, { additionalProperties: true, description: 'As in GET /api/account.' }),
    giver: Type.String({ description: 'The giver ID of the account, a secret.' }),
    sessions: Sessions.properties.sessions,
    history: Type.Array(HistoryItem),
  },
  { description: 'All that is stored about an account.' },
);
