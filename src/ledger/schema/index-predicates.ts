/** Predicates spelled as in the partial indexes. With bound parameters the planner could not use those indexes. */
import { sql } from 'kysely';

/** A delivery under lease or held. */
export const isDeliveryActive = sql<boolean>`state in ('held', 'open')`;

/** A delivery that claims its gift and its ticket; neither can have a second one. */
export const isDeliveryClaimed = sql<boolean>`state in ('held', 'open', 'received')`;

/** A waiting ticket. */
export const isTicketWaiting = sql<boolean>`state = 'waiting'`;

/** A ticket that is owed a pooled gift. */
export const isTicketOwed = sql<boolean>`state in ('open', 'waiting')`;

/** A gift that the desk keeps from everyone. */
export const isGiftWithheld = sql<boolean>`withheld = 1`;

/** A gift whose bytes were new when it came. */
export const isNoCopy = sql<boolean>`copy = 0`;

/** A counter of what is kept. */
export const isKeptCounter = sql<boolean>`name in ('kept/gifts', 'kept/bytes')`;

/** A ticket of a room. */
export const isTicketInRoom = sql<boolean>`room_id is not null`;
