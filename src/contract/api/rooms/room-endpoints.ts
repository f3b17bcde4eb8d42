/** Endpoints of rooms. */
import type { ProblemCode } from '../../problems/codes.ts';
import { type Endpoint, foreignProblems } from '../endpoint.ts';
import { paths } from '../paths.ts';
import { NewRoomAnswer, Room, RoomBody, RoomChange } from './room-schemas.ts';

const host = { Authorization: 'Bearer and the secret of the host.' };

const codeProblems = ['rooms-off', 'room-unknown', 'too-many-requests'] as const satisfies readonly ProblemCode[];

export const roomEndpoints = [
  {
    method: 'POST',
    path: paths.rooms,
    name: 'createRoom',
    summary:
      'Creates a room: a pool for those who have its code. Without closes_at it closes in a year. The secret of the host is shown once.',
    account: 'optional',
    body: RoomBody,
    answers: { 201: { description: 'The room is there.', schema: NewRoomAnswer } },
    problems: [
      'room-broken',
      'deadline-past',
      'deadline-far',
      'rooms-off',
      'account-needed',
      'session-over',
      'too-large',
      'too-many-rooms',
      ...foreignProblems,
    ],
  },
  {
    method: 'GET',
    path: paths.room,
    name: 'room',
    summary:
      'Tells the rules, the state and the counts of a room. Upper and lower case, hyphens and spaces of a code make no difference. Wrong codes are limited (ROOM_CODES_PER_MINUTE).',
    answers: { 200: { description: 'The room.', schema: Room } },
    problems: [...codeProblems],
  },
  {
    method: 'GET',
    path: paths.roomEvents,
    name: 'roomEvents',
    summary: 'Sends the room as Server-Sent Events named "room": at once, and when it has changed.',
    answers: { 200: { description: 'A stream that stays open.', type: 'text/event-stream' } },
    problems: [...codeProblems, 'too-many-at-once'],
  },
  {
    method: 'PATCH',
    path: paths.room,
    name: 'changeRoom',
    summary:
      'Moves the deadline of a room: later, also after it has closed, or earlier; now closes it at once, and draws its round.',
    headers: host,
    body: RoomChange,
    answers: { 200: { description: 'The room as it is now.', schema: Room } },
    problems: [
      'room-broken',
      'deadline-past',
      'deadline-far',
      'host-needed',
      'room-closed',
      'seats-missing',
      'too-large',
      'embed-refused',
      ...codeProblems,
    ],
  },
  {
    method: 'DELETE',
    path: paths.room,
    name: 'endRoom',
    summary:
      'Ends a room for good. Files that are not drawn yet are deleted, open tickets end, and their givers are told why. Deliveries that are under way go on. Idempotent.',
    headers: host,
    answers: { 204: { description: 'The room has ended.' } },
    problems: ['host-needed', 'embed-refused', ...codeProblems],
  },
] as const satisfies readonly Endpoint[];
