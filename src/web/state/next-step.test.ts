import { describe, expect, it } from 'vitest';
import type { Client } from '../../contract/client.ts';
import { BatchUploader } from '../batch/uploader.ts';
import { hasMorePending, nextStep } from './next-step.ts';
import type { Services } from './services.ts';
import { createLocalStore } from './storage.ts';

const exchange = (ticket: string) => ({ ticket, gift: { name: `${ticket}.txt`, size: 1 } });

/** A browser that is owed the parcels of these tickets. */
function toolsWith(...tickets: string[]): Services {
  const client = {} as Client;
  const store = createLocalStore(undefined);
  for (const ticket of tickets) store.add({ exchange: exchange(ticket) });
  return { client, store, uploader: new BatchUploader({ client, store }) };
}

describe('the way on', () => {
  it('is the counter, the one thing that is owed, or the view of many', () => {
    expect(nextStep(toolsWith())).toBeUndefined();
    expect(nextStep(toolsWith('a'))).toEqual({ exchange: exchange('a') });
    expect(nextStep(toolsWith('a', 'b'))).toBe('batch');
  });

  it('leads back to the view as long as something there is left to do', () => {
    const services = toolsWith('a', 'b');
    services.uploader.addPending();
    services.store.markEnded({ exchange: exchange('a') }, 'received');
    expect(nextStep(services)).toBe('batch');
    services.store.markEnded({ exchange: exchange('b') }, 'received');
    expect(nextStep(services)).toBeUndefined();
    expect(services.uploader.batch.items).toEqual([]);
  });

  it('passes by what was refused', () => {
    const services = toolsWith();
    services.uploader.add({ files: [new File([], 'empty.txt'), new File(['x'], 'setup.exe')] });
    expect(nextStep(services)).toBeUndefined();
  });
});

describe('what there is beside the stage', () => {
  it('is worth a look when there is more than what it shows', () => {
    expect(hasMorePending({ name: 'waiting', exchange: exchange('a') }, toolsWith('a'))).toBe(
      false,
    );
    expect(hasMorePending({ name: 'waiting', exchange: exchange('a') }, toolsWith('a', 'b'))).toBe(
      true,
    );
    const services = toolsWith('a');
    expect(hasMorePending({ name: 'idle' }, services)).toBe(false);
    services.uploader.addPending();
    expect(hasMorePending({ name: 'idle' }, services)).toBe(true);
  });

  it('is left alone while a parcel comes', () => {
    const parcel = { url: '/api/deliveries/d', name: 'theirs', size: 1 };
    const receiving = { name: 'receiving', parcel, exchange: exchange('a') } as const;
    expect(hasMorePending(receiving, toolsWith('a', 'b'))).toBe(false);
  });
});
