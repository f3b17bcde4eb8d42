/**
 * Conditions spelled as the partial indexes spell them. With the states as bound parameters the planner cannot know
 * that such an index holds all that is asked for, and reads the whole table instead.
 */
import { sql } from 'kysely';

/** A delivery under lease or held. */
export const isDeliveryActive = sql<boolean>`state in ('held', 'open')`;

/** A delivery that its gift and its ticket have no second one beside. */
export const isDeliveryClaimed = sql<boolean>`state in ('held', 'open', 'received')`;

/** A ticket in line. */
export const isTicketWaiting = sql<boolean>`state = 'waiting'`;

/** A ticket that is owed a pooled gift. */
export const isTicketOwed = sql<boolean>`state in ('open', 'waiting')`;
