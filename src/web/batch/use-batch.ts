import { useEffect, useState } from 'preact/hooks';
import type { Batch } from './batch.ts';
import type { Run } from './uploader.ts';

/** The batch as it changes. */
export function useBatch(run: Run): Batch {
  const [batch, setBatch] = useState(run.batch);
  useEffect(() => {
    setBatch(run.batch);
    return run.onChange(() => setBatch(run.batch));
  }, [run]);
  return batch;
}
