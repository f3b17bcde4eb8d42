/** The room of a request. A wrong code is limited like a password. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';
import { findRoom, type OpenedRoom } from '../../exchange/rooms/rooms.ts';
import type { HttpContext } from '../context.ts';
import { roomCodeFrom } from '../request/room-code.ts';

/** Opens a room by its code. Throws `rooms-off`, `room-unknown`, and `too-many-requests` after many wrong codes. */
export async function openRoom(
  { exchange, limits }: Pick<HttpContext, 'exchange' | 'limits'>,
  request: FastifyRequest,
  code: string,
): Promise<OpenedRoom> {
  // Before the look-up: after many wrong codes a right one looks like a wrong one.
  limits.roomCodes.take(request, 0);
  try {
    return await findRoom(exchange, code);
  } catch (error) {
    if (error instanceof Problem && error.code === 'room-unknown') limits.roomCodes.charge(request, 1);
    throw error;
  }
}

/** The room that a request to give or to draw names; undefined for the public pool. Throws as `openRoom`. */
export async function chosenRoom(
  context: Pick<HttpContext, 'exchange' | 'limits'>,
  request: FastifyRequest,
): Promise<OpenedRoom | undefined> {
  const code = roomCodeFrom(request);
  return code === undefined ? undefined : openRoom(context, request, code);
}
