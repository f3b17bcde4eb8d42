/**
 * Conditions spelled as the partial indexes spell them. With the states as bound parameters the planner cannot know
 * that such an index holds all that is asked for, and reads the whole table instead.
 */
import { sql } from 'kysely';

/** A delivery under lease or held. */
export const isUnderWay = sql<boolean>`state in ('held', 'open')`;

/** A delivery that its gift and its ticket have no second one beside. */
export const isClaim = sql<boolean>`state in ('held', 'open', 'received')`;

/** A ticket in line. */
export const isWaiting = sql<boolean>`state = 'waiting'`;

/** A ticket that is owed a pooled gift. */
export const isOwed = sql<boolean>`state in ('open', 'waiting')`;
