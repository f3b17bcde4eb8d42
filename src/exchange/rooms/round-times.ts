/** The times of rounds, in milliseconds. */

const day = 86_400_000;

/** By how much the deadline of a round moves once if too few files have come. */
export const extension = day;

/** How long the files of a round can be fetched after the draw. */
export const fetchTime = 14 * day;
