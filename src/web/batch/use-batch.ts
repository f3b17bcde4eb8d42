import { useEffect, useState } from 'preact/hooks';
import type { Batch } from './batch.ts';
import type { BatchUploader } from './uploader.ts';

/** The batch as it changes. */
export function useBatch(uploader: BatchUploader): Batch {
  const [batch, setBatch] = useState(uploader.batch);
  useEffect(() => {
    setBatch(uploader.batch);
    return uploader.onChange(() => setBatch(uploader.batch));
  }, [uploader]);
  return batch;
}
