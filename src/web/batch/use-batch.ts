import { useEffect, useState } from 'preact/hooks';
import type { Batch } from '../state/batch.ts';
import type { Uploader } from '../state/services.ts';

/** The batch; renders again after each change. */
export function useBatch(uploader: Uploader): Batch {
  const [batch, setBatch] = useState(uploader.batch);
  useEffect(() => {
    setBatch(uploader.batch);
    return uploader.onChange(() => setBatch(uploader.batch));
  }, [uploader]);
  return batch;
}
