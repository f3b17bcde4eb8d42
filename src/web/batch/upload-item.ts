/** Uploads one file of a batch. */

import type { ExchangeAnswer } from '../../contract/api/schemas.ts';
import type { Client } from '../../contract/client.ts';
import { isReadable } from '../files/selected-files.ts';
import type { ItemStatus } from '../state/batch-item.ts';
import type { KeyedFile } from '../state/exchange.ts';
import { chosenOptions } from '../state/give-options.ts';
import type { LocalStore } from '../state/storage.ts';
import type { UploadRecords } from '../state/upload-records.ts';
import { type GiveWithRetryOptions, giveWithRetry } from '../transfer/give-with-retry.ts';
import { type ComparableFile, findDuplicate } from './duplicates.ts';

export interface UploadServices {
  readonly client: Client;
  readonly store: Pick<LocalStore, 'giver' | 'choice' | 'saveGiver' | 'add' | 'pending' | 'entries'>;
  readonly uploads?: Pick<UploadRecords, 'keyFor' | 'start' | 'end'>;
  readonly give?: typeof giveWithRetry;
}

/** A file, and the files it is compared with before the upload; undefined if it is confirmed. */
interface UploadRequest {
  readonly keyedFile: KeyedFile;
  readonly comparable: ComparableFile;
  readonly others: readonly ComparableFile[] | undefined;
}

/** The answer of the service, or the status of a file that was not sent. */
type UploadResult = { readonly answer: ExchangeAnswer } | { readonly obstacle: ItemStatus };

/** Throws like `giveWithRetry`. */
export async function uploadItem(
  { keyedFile, comparable, others = [] }: UploadRequest,
  { client, store, give: giveFile = giveWithRetry }: UploadServices,
  { signal, onProgress }: Pick<GiveWithRetryOptions, 'signal' | 'onProgress'>,
): Promise<UploadResult> {
  const obstacle = await findObstacle(keyedFile.file, comparable, others);
  signal.throwIfAborted();
  if (obstacle) return { obstacle };
  return {
    answer: await giveFile(client, keyedFile, { ...chosenOptions(store, keyedFile), signal, onProgress }),
  };
}

async function findObstacle(
  file: File,
  comparable: ComparableFile,
  others: readonly ComparableFile[],
): Promise<ItemStatus | undefined> {
  if (!(await isReadable(file))) return { name: 'refused', failure: { code: 'unreadable' } };
  const duplicate = await findDuplicate(comparable, others);
  return duplicate && { name: 'duplicate', of: duplicate.name };
}
