/** Schemas of the JSON of rooms. */
import { type Static, Type } from 'typebox';
import { fileKinds, maxRoomName, roomModes, roomStates } from '../../vocabulary.ts';
import { PoolStats } from '../schemas.ts';

const kinds = Type.Array(Type.Enum([...fileKinds]), {
  minItems: 1,
  uniqueItems: true,
  description: 'The kinds of files that the room takes; missing for any.',
});

const maxSize = Type.Integer({
  minimum: 1,
  description: 'Maximum file size in bytes, never above that of the exchange.',
});

const deadline = Type.String({
  description:
    'When the room takes no more files: a time such as 2026-12-24T18:00:00Z, or 3d from now. At most a year away.',
});

export const RoomBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: maxRoomName, description: 'Shown to everyone who has the code.' }),
  mode: Type.Enum([...roomModes], {
    description:
      'open: files are given and drawn at any time; round: one draw at the deadline, in which each of at least three files gets another; swap: the same for two, as soon as both are there.',
  }),
  closes_at: Type.Optional(deadline),
  kinds: Type.Optional(kinds),
  max_file_size: Type.Optional(maxSize),
});
export type RoomBody = Static<typeof RoomBody>;

export const RoomChange = Type.Object({
  closes_at: Type.String({ description: 'As for a new room, or now.' }),
});
export type RoomChange = Static<typeof RoomChange>;

export const Room = Type.Object(
  {
    code: Type.String({ description: 'Opens the room; a secret of all who are in it.' }),
    name: Type.String(),
    mode: Type.Enum([...roomModes]),
    state: Type.Enum([...roomStates], {
      description:
        'closed: takes no more files, and those that wait can be drawn; drawn: each seat of the round can fetch its file; ended: by the host, or after the round.',
    }),
    created_at: Type.String({ format: 'date-time' }),
    closes_at: Type.String({ format: 'date-time', description: 'When it takes no more files.' }),
    kinds: Type.Optional(kinds),
    max_file_size: maxSize,
    round: Type.Optional(
      Type.Object(
        {
          seats: Type.Integer({ minimum: 0, description: 'Files that are handed in.' }),
          min_seats: Type.Integer({
            description: 'With fewer the deadline moves once by a day; then each file goes back.',
          }),
          fetch_until: Type.Optional(
            Type.String({ format: 'date-time', description: 'After the draw: until when the files can be fetched.' }),
          ),
        },
        { description: 'Missing in the mode open.' },
      ),
    ),
    stats: Type.Pick(PoolStats, ['file_count', 'total_size', 'free_count', 'kinds', 'given_total', 'delivered_total'], {
      description: 'What is in the room, counted as in the pool.',
    }),
  },
  { description: 'A room as everyone with its code sees it.' },
);
export type Room = Static<typeof Room>;

export const NewRoomAnswer = Type.Object({
  room: Room,
  host: Type.String({ description: 'The secret of the host, shown once.' }),
});
export type NewRoomAnswer = Static<typeof NewRoomAnswer>;
