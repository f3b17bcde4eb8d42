/** The typed client of rooms. */
import { headers, paths, pathTo } from './api/paths.ts';
import type { NewRoomAnswer, Room, RoomBody, RoomChange } from './api/rooms/room-schemas.ts';
import { type Client, createCalls, createClient, jsonInit } from './client.ts';

/** Requests throw a `Problem` if they are refused. */
export interface RoomClient {
  create(room: RoomBody): Promise<NewRoomAnswer>;
  find(code: string): Promise<Room>;
  change(code: string, host: string, change: RoomChange): Promise<Room>;
  end(code: string, host: string): Promise<void>;
  /** A client that gives and draws in a room. */
  within(code: string): Client;
  /** URL of a stream of Server-Sent Events. */
  eventsUrl(code: string): string;
}

/** Creates a client of the rooms of the service at `base`. */
export function createRoomClient(base = '', request: typeof fetch = (...args) => fetch(...args)): RoomClient {
  const { call, callJson } = createCalls(base, request);
  const asHost = (host: string, init: RequestInit): RequestInit => ({
    ...init,
    headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${host}` },
  });
  return {
    create: (room) => callJson(paths.rooms, jsonInit('POST', room)),
    find: (code) => callJson(pathTo(paths.room, code)),
    change: (code, host, change) => callJson(pathTo(paths.room, code), asHost(host, jsonInit('PATCH', change))),
    end: async (code, host) => {
      await call(pathTo(paths.room, code), asHost(host, { method: 'DELETE' }));
    },
    within: (code) =>
      createClient(base, (input, init = {}) => {
        const sent = new Headers(init.headers);
        sent.set(headers.room, code);
        return request(input, { ...init, headers: sent });
      }),
    eventsUrl: (code) => base + pathTo(paths.roomEvents, code),
  };
}
