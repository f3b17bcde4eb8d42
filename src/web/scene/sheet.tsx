import { type ComponentChildren, createContext } from 'preact';
import { useContext, useLayoutEffect, useState } from 'preact/hooks';
import type { Pose } from './parcel.tsx';
import { ParcelFrame } from './parcel-frame.tsx';

const Posing = createContext<(pose: Pose) => void>(() => undefined);

/** The sheet with its one parcel. The content sets the parcel's pose through the context. */
export function Sheet({ children }: { readonly children: ComponentChildren }) {
  const [pose, setPose] = useState<Pose>({ stage: 'tying', share: 0 });
  return (
    <div class="sheet">
      <ParcelFrame {...pose} />
      <Posing.Provider value={setPose}>{children}</Posing.Provider>
    </div>
  );
}

/** Sets the pose of the parcel on the sheet. */
export function usePose({ stage, share = 1, icon }: Pose): void {
  const show = useContext(Posing);
  useLayoutEffect(() => show({ stage, share, icon }), [show, stage, share, icon]);
}
