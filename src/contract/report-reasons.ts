/** Why a receiver may report a file, in the order in which a page lists it. */
export const reportReasons = ['illegal', 'harmful', 'personal', 'copyright', 'other'] as const;

export type ReportReason = (typeof reportReasons)[number];

/** The longest note to a report, in characters. */
export const maxNoteLength = 1000;
