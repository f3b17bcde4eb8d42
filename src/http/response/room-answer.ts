import type { Room } from '../../contract/api/rooms/room-schemas.ts';
import type { ExchangeContext } from '../../exchange/ports.ts';
import { type RoomWithFigures, stateOfRoom } from '../../exchange/rooms/rooms.ts';
import { instant, statsAnswer } from './serializers.ts';

/** A room as everyone with its code sees it. */
export function roomAnswer(
  { rules, now }: Pick<ExchangeContext, 'rules' | 'now'>,
  { room, figures }: RoomWithFigures,
): Room {
  const { file_count, total_size, free_count, kinds, given_total, delivered_total } = statsAnswer(figures, rules);
  return {
    code: room.code,
    name: room.name,
    mode: room.mode,
    state: stateOfRoom(room, now()),
    created_at: instant(room.createdAt),
    closes_at: instant(room.closesAt),
    ...(room.kinds === null ? {} : { kinds: [...room.kinds] }),
    max_file_size: Math.min(room.maxFileSize, rules.maxFileSize),
    ...(room.round && {
      round: {
        seats: room.round.seats,
        min_seats: room.round.minSeats,
        ...(room.round.fetchUntil === null ? {} : { fetch_until: instant(room.round.fetchUntil) }),
      },
    }),
    stats: { file_count, total_size, free_count, kinds, given_total, delivered_total },
  };
}
