import { OfflineLabel, useOnline } from '../offline/offline.tsx';
import { ParcelPicture, type Pose } from './parcel.tsx';

/** Where the parcel lies. What is to be seen of a line that is down lies over it, so that nothing on the page jumps. */
export function ParcelFrame(pose: Pose) {
  const isOnline = useOnline();
  return (
    <span class="parcel-place">
      <ParcelPicture {...pose} />
      {!isOnline && <OfflineLabel />}
    </span>
  );
}
