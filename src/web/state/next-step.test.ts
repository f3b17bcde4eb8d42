import { describe, expect, it } from 'vitest';
import type { Client } from '../../contract/client.ts';
import { Run } from '../batch/uploader.ts';
import { hasMore, onward } from './next-step.ts';
import type { Tools } from './services.ts';
import { createKeep } from './storage.ts';

const exchange = (ticket: string) => ({ ticket, gift: { name: `${ticket}.txt`, size: 1 } });

/** A browser that is owed the parcels of these tickets. */
function toolsWith(...tickets: string[]): Tools {
  const client = {} as Client;
  const keep = createKeep(undefined);
  for (const ticket of tickets) keep.keep({ exchange: exchange(ticket) });
  return { client, keep, run: new Run({ client, keep }) };
}

describe('the way on', () => {
  it('is the counter, the one thing that is owed, or the view of many', () => {
    expect(onward(toolsWith())).toBeUndefined();
    expect(onward(toolsWith('a'))).toEqual({ exchange: exchange('a') });
    expect(onward(toolsWith('a', 'b'))).toBe('many');
  });

  it('leads back to the view as long as something there is left to do', () => {
    const tools = toolsWith('a', 'b');
    tools.run.meet();
    tools.keep.settle({ exchange: exchange('a') }, 'received');
    expect(onward(tools)).toBe('many');
    tools.keep.settle({ exchange: exchange('b') }, 'received');
    expect(onward(tools)).toBeUndefined();
    expect(tools.run.batch.items).toEqual([]);
  });

  it('passes by what was refused', () => {
    const tools = toolsWith();
    tools.run.add({ files: [new File([], 'empty.txt'), new File(['x'], 'setup.exe')] });
    expect(onward(tools)).toBeUndefined();
  });
});

describe('what there is beside the stage', () => {
  it('is worth a look when there is more than what it shows', () => {
    expect(hasMore({ name: 'waiting', exchange: exchange('a') }, toolsWith('a'))).toBe(false);
    expect(hasMore({ name: 'waiting', exchange: exchange('a') }, toolsWith('a', 'b'))).toBe(true);
    const tools = toolsWith('a');
    expect(hasMore({ name: 'idle' }, tools)).toBe(false);
    tools.run.meet();
    expect(hasMore({ name: 'idle' }, tools)).toBe(true);
  });

  it('is left alone while a parcel comes', () => {
    const parcel = { url: '/api/deliveries/d', name: 'theirs', size: 1 };
    const receiving = { name: 'receiving', parcel, exchange: exchange('a') } as const;
    expect(hasMore(receiving, toolsWith('a', 'b'))).toBe(false);
  });
});
