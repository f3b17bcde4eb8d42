import { randomFillSync } from 'node:crypto';

/** How many random bytes are requested at once. A request for a secret's few bytes alone takes ten times as long. */
const storeSize = 4096;

/** Random bytes of the operating system from a buffer. Used bytes are cleared, and none is handed out twice. */
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
