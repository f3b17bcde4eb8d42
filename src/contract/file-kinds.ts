/** What a person would call a file. The order is the order in which pages and counters list them. */
export const kinds = [
  'text',
  'pdf',
  'image',
  'document',
  'audio',
  'video',
  'archive',
  'code',
] as const;

export type Kind = (typeof kinds)[number];
