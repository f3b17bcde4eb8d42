import type { Dispatch, Event } from './exchange.ts';
import { ParcelPicture } from './parcel.tsx';
import { take } from './taken.ts';
import type { Tools } from './tools.ts';
import { whyOf } from './why.ts';
import { words } from './words.ts';
import { useOutcome } from './work.ts';

/** Taking one without giving: somebody's file that no ticket is owed. */
export function Take({ tools, dispatch }: { tools: Tools; dispatch: Dispatch }) {
  useOutcome((signal) => takeOne(tools, signal), dispatch, []);
  return (
    <>
      <ParcelPicture stage="coming" share={0} />
      <h2 tabIndex={-1} data-focus>
        {words.taking}
      </h2>
      <p class="lead">{words.takingMore}</p>
    </>
  );
}

async function takeOne({ keep }: Tools, signal: AbortSignal): Promise<Event> {
  try {
    const { parcel, first } = await take(keep.giver(), signal);
    keep.keep({ parcel });
    return { type: 'drawn', parcel, first };
  } catch (error) {
    const why = whyOf(error);
    return { type: 'refused', why: why.code === 'connection' ? { code: 'not-reached' } : why };
  }
}
