/**
 * Arrivals that the ledger does not know yet. A process notes each one when the last byte has left, so that the next process can
 * record what a killed one could not (P2).
 */
import { join } from 'node:path';
import type { DeliveryFacts } from '../ledger/types.ts';
import { type CrashJournal, openCrashJournal, readCrashJournals } from '../platform/crash-journal.ts';
import { deadlinesFrom } from './deadlines.ts';
import type { MaintenanceContext } from './ports.ts';

const folderIn = (dataFolder: string) => join(dataFolder, 'arrivals');

/** Opens the notes of this process. */
export const openArrivalJournal = (dataFolder: string): CrashJournal => openCrashJournal(folderIn(dataFolder));

/** Notes that all bytes of a delivery were sent; answers how to erase the note. */
export const noteArrival = (journal: CrashJournal, { id, gift }: DeliveryFacts): (() => void) =>
  journal.add(`${id} ${gift.key}`);

const notePattern = /^(\d+) ([0-9a-f]{32})$/;

/** Records the arrivals that ended processes noted. */
export async function recordNotedArrivals(
  context: Pick<MaintenanceContext, 'ledger' | 'events' | 'rules' | 'now'>,
  dataFolder: string,
): Promise<void> {
  const { notes, remove } = readCrashJournals(folderIn(dataFolder));
  const arrivals = notes.flatMap((note) => {
    const [, id, key = ''] = notePattern.exec(note) ?? [];
    return id === undefined ? [] : [{ id: Number(id), key }];
  });
  if (arrivals.length > 0) context.events.publish(await context.ledger.completeNoted(arrivals, deadlinesFrom(context)));
  remove();
}
