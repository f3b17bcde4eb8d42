/** The hours that statistics are counted by: those of UTC, each known by its first millisecond since 1970. */
export const hourLength = 3_600_000;

/** How many hours the statistics go back, the current one included. */
export const hoursShown = 24;

/** The hour that a time lies in. */
export const hourOf = (time: number): number => time - (time % hourLength);
