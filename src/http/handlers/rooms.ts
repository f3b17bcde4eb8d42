import type { FastifyReply } from 'fastify';
import { paths, pathTo } from '../../contract/api/paths.ts';
import { type NewRoomAnswer, type Room, RoomBody, RoomChange } from '../../contract/api/rooms/room-schemas.ts';
import { Problem } from '../../contract/problems/problem.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import {
  createRoom,
  endRoom,
  findRoom,
  moveDeadline,
  type RoomWithFigures,
  withFigures,
} from '../../exchange/rooms/rooms.ts';
import { closeNow } from '../../exchange/rounds/close-round.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { accountOf } from '../limits/account-guard.ts';
import { openRoom } from '../limits/room-guard.ts';
import { bearerFrom } from '../request/credentials.ts';
import { plainText, readBody } from '../request/json-body.ts';
import { parseDeadline } from '../request/life.ts';
import { roomAnswer } from '../response/room-answer.ts';
import { createTimer, streamEvents } from './events.ts';

/** `POST /api/rooms` */
export async function postRoom(
  context: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<NewRoomAnswer> {
  const { accounts, exchange, limits, settings } = context;
  limits.rooms.take(request);
  if (accounts) await accountOf(context, accounts, request, reply);
  const { closes_at, kinds, max_file_size, mode, ...body } = await readBody(request, settings, RoomBody, 'room-broken');
  const name = plainText(body.name);
  if (name === '') throw new Problem('room-broken');
  const { room, host } = await createRoom(exchange, {
    name,
    mode,
    kinds: kinds ?? null,
    ...(max_file_size === undefined ? {} : { maxFileSize: max_file_size }),
    ...(closes_at === undefined ? {} : { closesAt: parseDeadline(closes_at, exchange.now()) }),
  });
  reply.code(201).header('location', settings.BASE_URL.path + pathTo(paths.room, room.code));
  return { room: roomAnswer(exchange, await withFigures(exchange, room)), host };
}

/** `GET /api/rooms/{code}` */
export async function getRoom(context: HttpContext, request: HttpRequest): Promise<Room> {
  const { exchange } = context;
  const room = await openRoom(context, request, request.params.code);
  return roomAnswer(exchange, await withFigures(exchange, room));
}

/** `PATCH /api/rooms/{code}` */
export async function patchRoom(context: HttpContext, request: HttpRequest): Promise<Room> {
  const { exchange, settings } = context;
  const room = await openRoom(context, request, request.params.code);
  const { closes_at } = await readBody(request, settings, RoomChange, 'room-broken');
  const host = bearerFrom(request);
  const moved =
    closes_at.trim() === 'now'
      ? await closeNow(exchange, room, host)
      : await moveDeadline(exchange, room, host, parseDeadline(closes_at, exchange.now()));
  return roomAnswer(exchange, await withFigures(exchange, moved));
}

/** `DELETE /api/rooms/{code}` */
export async function deleteRoom(
  context: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const room = await openRoom(context, request, request.params.code);
  await endRoom(context.exchange, room, bearerFrom(request));
  return reply.code(204).send();
}

/** `GET /api/rooms/{code}/events` */
export async function getRoomEvents(
  context: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { exchange, liveRoom } = context;
  const { code } = await openRoom(context, request, request.params.code);
  const closing = createTimer(exchange);
  return streamEvents(context, request, reply, {
    event: 'room',
    read: async () => {
      const live = await liveRoom(code);
      closing.set(live.room.closesAt);
      return roomAnswer(exchange, live);
    },
    subscribe: (changed) => {
      const stop = exchange.events.onPool(changed);
      const end = closing.start(changed);
      return () => {
        stop();
        end();
      };
    },
  });
}

/** Reads a room once for all of its event streams, and again after the next change of any pool. */
export function createLiveRoom(exchange: ExchangeContext): (code: string) => Promise<RoomWithFigures> {
  const latest = new Map<string, Promise<RoomWithFigures>>();
  exchange.events.onPool(() => latest.clear());
  return (code) => {
    const found = latest.get(code);
    if (found) return found;
    const reading = findRoom(exchange, code).then((room) => withFigures(exchange, room));
    latest.set(code, reading);
    reading.catch(() => latest.delete(code));
    return reading;
  };
}
