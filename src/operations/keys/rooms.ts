/** The names of rooms, which are sealed like those of gifts. */
import type { TextContext } from '../../encryption/sealed-text.ts';
import type { SealedRoom } from '../../ledger/room-types.ts';
import { roomContext } from '../../ledger/sealed/sealed-ledger.ts';
import { pagesOf } from './row-pages.ts';
import type { KeysTarget } from './target.ts';

type RoomTarget = Pick<KeysTarget, 'ledger'>;

export const allRooms = ({ ledger }: RoomTarget): AsyncIterable<readonly SealedRoom[]> => pagesOf(ledger.sealedRooms);

/** Changes the names of rooms by `change`, which answers undefined for one that cannot be opened; answers how many rows. */
export async function changeRooms(
  target: RoomTarget,
  change: (name: string, context: TextContext) => string | undefined,
): Promise<{ readonly rows: number; readonly closed: number }> {
  let [rows, closed] = [0, 0];
  for await (const rooms of allRooms(target)) {
    const changes = rooms.flatMap(({ id, pool, name }) => {
      const to = change(name, roomContext(pool));
      if (to === undefined) closed += 1;
      return to === undefined || to === name ? [] : [{ id, from: name, to }];
    });
    rows += await target.ledger.resealRooms(changes);
  }
  return { rows, closed };
}
