/** The problems of rooms, a part of the table in `codes.ts`. */
import { maxRoomName } from '../vocabulary.ts';
import { type ProblemDefinition, problem } from './definition.ts';

export const roomProblems = {
  'room-broken': problem(
    400,
    'Not a room',
    `Describe a room as {"name": "Class 5b", "mode": "open"}, or with the mode round or swap: the name has 1 to ${maxRoomName} characters, and closes_at, kinds and max_file_size may be left out. Change it as {"closes_at": "2026-12-24T18:00:00Z"}. Nothing has changed.`,
  ),
  'deadline-past': problem(
    400,
    'The deadline is past',
    'That time is over already. Name a later one; nothing has changed.',
  ),
  'deadline-far': problem(
    400,
    'The deadline is too far away',
    'A room closes within a year. Name an earlier time; the host may move it later. Nothing has changed.',
  ),
  'host-needed': problem(
    401,
    'Only the host may do that',
    'Send the secret that came with the new room as "Authorization: Bearer h_…". Nothing has changed.',
  ),
  'rooms-off': problem(404, 'No rooms here', 'This exchange has no rooms.'),
  'room-unknown': problem(
    404,
    'Unknown room',
    'There is no room with this code. Compare it with what the host said; nothing was kept.',
  ),
  'room-closed': problem(
    409,
    'The room is closed',
    'The deadline of this room is over, or its host has ended it; nothing was kept.',
  ),
  'round-not-drawn': problem(
    404,
    'Not drawn yet',
    'The round of this ticket is drawn at its deadline, opens_at. Draw with the ticket then.',
  ),
  'round-by-ticket': problem(
    409,
    'Only by a seat',
    'In a round a file earns a seat: give it by POST /api/exchange, without a wish or a life of its own, and draw with its ticket.',
  ),
  'seats-missing': problem(
    409,
    'Too few files',
    'A round needs three files, and a swap two. Wait for more, or end the room. Nothing has changed.',
  ),
  'round-gift-gone': problem(
    410,
    'Your file is gone',
    'The file that was drawn for you was damaged or removed, and is not passed on.',
  ),
  'kind-refused': problem(415, 'Not in this room', 'This room does not take files of that kind; nothing was kept.'),
  'room-full': problem(507, 'The room is full', 'There is no place for more files in this room; nothing was kept.'),
  'too-many-rooms': problem(
    507,
    'No more rooms',
    'This exchange holds as many rooms as it can right now. Try again later.',
  ),
} as const satisfies Record<string, ProblemDefinition>;
