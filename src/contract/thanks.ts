/** What a receiver may say to an unknown giver: a picture and never a word, so that it can only be kind. */
export const thanks = ['❤️', '😄', '😮', '🎉', '🙏', '🌈'] as const;

export type Thanks = (typeof thanks)[number];
