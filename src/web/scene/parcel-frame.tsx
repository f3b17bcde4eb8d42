import { OfflineLabel, useOnline } from '../offline/offline.tsx';
import { ParcelPicture, type Pose } from './parcel.tsx';

/** The frame of the parcel. The offline label lies over it, so that it causes no layout shift. */
export function ParcelFrame(pose: Pose) {
  const isOnline = useOnline();
  return (
    <span class="parcel-place">
      <ParcelPicture {...pose} />
      {!isOnline && <OfflineLabel />}
    </span>
  );
}
