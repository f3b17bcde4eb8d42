import { describe, expect, it } from 'vitest';
import type { Client } from '../../contract/client.ts';
import { BatchUploader } from '../batch/uploader.ts';
import { hasMorePending, hasOtherPending, nextStep } from './next-step.ts';
import type { Services } from './services.ts';
import { createLocalStore } from './storage.ts';
import { createUploadRecords } from './upload-records.ts';

const exchange = (ticket: string) => ({ ticket, gift: { name: `${ticket}.txt`, size: 1 } });

/** A browser with these tickets pending. */
function toolsWith(...tickets: string[]): Services {
  const client = {} as Client;
  const store = createLocalStore(undefined);
  for (const ticket of tickets) store.add({ exchange: exchange(ticket) });
  return { client, store, uploads: createUploadRecords(undefined), uploader: new BatchUploader({ client, store }) };
}

describe('the next step', () => {
  it('is the form, the only pending exchange, or the batch', () => {
    expect(nextStep(toolsWith())).toBeUndefined();
    expect(nextStep(toolsWith('a'))).toEqual({ exchange: exchange('a') });
    expect(nextStep(toolsWith('a', 'b'))).toBe('batch');
  });

  it('is the batch while an item is unfinished', () => {
    const services = toolsWith('a', 'b');
    services.uploader.addPending();
    services.store.markEnded({ exchange: exchange('a') }, 'received');
    expect(nextStep(services)).toBe('batch');
    services.store.markEnded({ exchange: exchange('b') }, 'received');
    expect(nextStep(services)).toBeUndefined();
    expect(services.uploader.batch.items).toEqual([]);
  });

  it('ignores refused items', () => {
    const services = toolsWith();
    services.uploader.add({ files: [new File([], 'empty.txt'), new File(['x'], 'setup.exe')] });
    expect(nextStep(services)).toBeUndefined();
  });
});

describe('more pending exchanges', () => {
  it('are offered if there are more than the stage shows', () => {
    expect(hasMorePending({ name: 'waiting', exchange: exchange('a') }, toolsWith('a'))).toBe(false);
    expect(hasMorePending({ name: 'waiting', exchange: exchange('a') }, toolsWith('a', 'b'))).toBe(true);
    const services = toolsWith('a');
    expect(hasMorePending({ name: 'idle' }, services)).toBe(false);
    services.uploader.addPending();
    expect(hasMorePending({ name: 'idle' }, services)).toBe(true);
  });

  it('are not offered while a delivery arrives', () => {
    const parcel = { url: '/api/deliveries/d', name: 'theirs', size: 1 };
    const receiving = { name: 'receiving', parcel, exchange: exchange('a') } as const;
    expect(hasMorePending(receiving, toolsWith('a', 'b'))).toBe(false);
  });

  it('are the next parcel after the one on the stage', () => {
    const arrived = {
      name: 'arrived',
      parcel: { url: '/api/deliveries/d', name: 'theirs', size: 1 },
      exchange: exchange('a'),
      bytes: new Blob(['x']),
      isVerified: true,
      isSaved: false,
    } as const;
    expect(hasOtherPending(arrived, toolsWith('a'))).toBe(false);
    expect(hasOtherPending(arrived, toolsWith('a', 'b'))).toBe(true);
    expect(hasOtherPending({ ...arrived, exchange: undefined }, toolsWith())).toBe(false);
  });
});
