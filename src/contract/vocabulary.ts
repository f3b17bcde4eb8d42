/** The values that server, page and ledger share. */

/** File kinds, in the order in which pages and counters list them; `other` is a file of unknown type. */
export const fileKinds = ['text', 'pdf', 'image', 'document', 'audio', 'video', 'archive', 'code', 'other'] as const;

export type FileKind = (typeof fileKinds)[number];

/** Thanks from a receiver to an anonymous giver: an emoji and never text, so that it can only be kind. */
export const thanks = ['❤️', '😄', '😮', '🎉', '🙏', '🌈'] as const;

export type Thanks = (typeof thanks)[number];

/** Reasons for a report, in the order in which a page lists them. */
export const reportReasons = ['illegal', 'harmful', 'personal', 'copyright', 'other'] as const;

export type ReportReason = (typeof reportReasons)[number];

/** States of the operator's review of all gifts with the same bytes. */
export const reviewStates = ['open', 'withheld', 'approved', 'removed', 'appealed'] as const;

/** Maximum length of the rule that the giver of a removed file is told, in characters. */
export const maxRuleLength = 1000;

/** Maximum length of the note of a report, in characters. */
export const maxNoteLength = 1000;

/** Statistics are counted by hours of UTC, each identified by its first millisecond since 1970. */
export const hourLength = 3_600_000;

/** Number of hours in the statistics, the current one included. */
export const hoursShown = 24;

/** The hour that contains `time`, in milliseconds since 1970. */
export const hourOf = (time: number): number => time - (time % hourLength);

/** States of a ticket. */
export const ticketStates = ['open', 'waiting', 'ready', 'drawn', 'spent', 'withdrawn', 'expired'] as const;

/** Fates of a gift, as its giver is told. */
export const giftFates = ['waiting', 'on-its-way', 'landed', 'withdrawn', 'expired', 'removed'] as const;

/** Problems that a browser comes back from an OpenID provider with, in the address of the page. */
export const openidFailures = ['openid-refused', 'openid-failing', 'sign-in-failed', 'method-off'] as const;

/** Roles of accounts. Moderators and admins have no powers of their own on the page yet. */
export const accountRoles = ['member', 'moderator', 'admin'] as const;

export type AccountRole = (typeof accountRoles)[number];

/** The pages that the operator writes. */
export const operatorPages = ['rules', 'privacy', 'contact'] as const;
export type OperatorPage = (typeof operatorPages)[number];

/** How a room exchanges files. `open`: at any time; `round`: one draw at the deadline, one file for each seat; `swap`: a round for two. */
export const roomModes = ['open', 'round', 'swap'] as const;
export type RoomMode = (typeof roomModes)[number];

/** States of a room. `closed`: takes no more files; `drawn`: its round is; `ended`: by its host, or after its round. */
export const roomStates = ['open', 'closed', 'drawn', 'ended'] as const;
export type RoomState = (typeof roomStates)[number];

/** Maximum length of the name of a room, in characters. */
export const maxRoomName = 100;
