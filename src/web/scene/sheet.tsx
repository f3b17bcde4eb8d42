import { type ComponentChildren, createContext } from 'preact';
import { useContext, useLayoutEffect, useState } from 'preact/hooks';
import type { Pose } from './parcel.tsx';
import { ParcelFrame } from './parcel-frame.tsx';

const PoseContext = createContext<(pose: Pose) => void>(() => undefined);

/** The sheet with its one parcel. The content sets the parcel's pose through the context. */
export function Sheet({ children }: { readonly children: ComponentChildren }) {
  const [pose, setPose] = useState<Pose>({ stage: 'tying', share: 0 });
  return (
    <div class={pose.stage === 'unwrapped' || pose.stage === 'kept' ? 'sheet is-opened' : 'sheet'}>
      <ParcelFrame {...pose} />
      <PoseContext.Provider value={setPose}>{children}</PoseContext.Provider>
    </div>
  );
}

/** Sets the pose of the parcel on the sheet. */
export function usePose({ stage, share = 1, icon }: Pose): void {
  const setPose = useContext(PoseContext);
  useLayoutEffect(() => setPose({ stage, share, icon }), [setPose, stage, share, icon]);
}
