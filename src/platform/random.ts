import { randomFillSync } from 'node:crypto';

/** So many bytes are asked for at a time: for the few of a secret, asking takes ten times as long as what is asked for. */
const storeSize = 4096;

/** The operating system's random bytes, a store of them at a time; none is handed out twice, or stays in the store. */
export function createRandomBytes(): (size: number) => Uint8Array {
  const store = Buffer.alloc(storeSize);
  let used = storeSize;
  return (size) => {
    if (size > storeSize) return randomFillSync(Buffer.alloc(size));
    if (used + size > storeSize) {
      randomFillSync(store);
      used = 0;
    }
    const taken = Uint8Array.from(store.subarray(used, used + size));
    store.fill(0, used, used + size);
    used += size;
    return taken;
  };
}
