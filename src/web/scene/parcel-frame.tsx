import { OfflineLabel, useOnline } from '../offline/offline.tsx';
import { ParcelPicture, type Pose } from './parcel.tsx';

/** The frame of the parcel, with the offline label. */
export function ParcelFrame(pose: Pose) {
  const isOnline = useOnline();
  return (
    <span class="parcel-place">
      <ParcelPicture {...pose} />
      {!isOnline && <OfflineLabel />}
    </span>
  );
}
