const form = /^[0-9a-f]{32}$/;

/** Whether a name is one that gifts are kept under: 32 lower-case hex digits. */
export const isKey = (name: string): boolean => form.test(name);

/** Refuses what is not a key, before it becomes a path or the name of an object. */
export function assertKey(key: string): void {
  if (!isKey(key)) throw new TypeError('A key of the vault is 32 lower-case hex digits');
}

/** The shard of a key: its first two hex digits. */
export const shardOf = (key: string): string => key.slice(0, 2);

/** What the object of a gift is called in a bucket. */
export function giftName(prefix: string, key: string): string {
  assertKey(key);
  return `${prefix}gifts/${shardOf(key)}/${key}`;
}

/** Whether an object of a bucket is a gift. */
export function isGiftName(prefix: string, name: string): boolean {
  const key = name.slice(-32);
  return isKey(key) && name === giftName(prefix, key);
}

/** Somebody has used a key before: no failure of the storage, and nothing for a client to know. */
export class KeyExists extends Error {
  override readonly name = 'KeyUsed';

  constructor() {
    super('This key of the vault is used already: every gift needs a new one');
  }
}
