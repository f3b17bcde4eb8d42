/** Room that uploads reserve before their first byte, so that many at once cannot fill the disk below its floor. */
import { Problem } from '../../contract/problems/problem.ts';

/** The largest part of the room that one client may have reserved; one upload at a time may be larger. */
const maxClientShare = 0.05;

/** Seconds until a client may try again whose uploads have reserved their share. */
const retryAfter = 5;

/** A large reservation outlives its upload until the free space, which is cached, no longer counts its bytes as free. */
const settleTime = 500;
const minLarge = 1024 * 1024;

/** The reservations of this process, in bytes. */
export interface Reservations {
  total: number;
  readonly byClient: Map<string, number>;
}

export const createReservations = (): Reservations => ({ total: 0, byClient: new Map() });

/** An upload by its largest possible size; `client` is undefined if clients have no limit. */
export interface UploadClaim {
  readonly maxSize: number;
  readonly client: string | undefined;
}

/**
 * Reserves room for an upload and answers how to release it; `room` is what this process may use of the space above the floor.
 * Throws `storage-full`, or `too-many-requests` for a client with its share.
 */
export function reserve(reservations: Reservations, { maxSize, client }: UploadClaim, room: number): () => void {
  const { byClient } = reservations;
  if (room < 0 || reservations.total + maxSize > room) throw new Problem('storage-full');
  const own = client === undefined ? 0 : (byClient.get(client) ?? 0);
  if (own > 0 && own + maxSize > room * maxClientShare) throw new Problem('too-many-requests', { retryAfter });
  reservations.total += maxSize;
  if (client !== undefined) byClient.set(client, own + maxSize);
  const release = () => {
    reservations.total -= maxSize;
    if (client === undefined) return;
    const left = (byClient.get(client) ?? 0) - maxSize;
    if (left > 0) byClient.set(client, left);
    else byClient.delete(client);
  };
  return maxSize < minLarge ? release : () => void setTimeout(release, settleTime).unref();
}
