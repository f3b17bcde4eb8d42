const keyPattern = /^[0-9a-f]{32}$/;

/** True for 32 lower-case hex digits. */
export const isKey = (name: string): boolean => keyPattern.test(name);

/** Throws `TypeError` for anything but a key, before it becomes part of a path. */
export function assertKey(key: string): void {
  if (!isKey(key)) throw new TypeError('A key of the vault is 32 lower-case hex digits');
}

/** The shard of a key: its first two hex digits. */
export const shardOf = (key: string): string => key.slice(0, 2);

/** The name of a gift's object in a bucket. */
export function giftName(prefix: string, key: string): string {
  assertKey(key);
  return `${prefix}gifts/${shardOf(key)}/${key}`;
}

/** True if an object in a bucket is a gift. */
export function isGiftName(prefix: string, name: string): boolean {
  const key = name.slice(-32);
  return isKey(key) && name === giftName(prefix, key);
}

/** Thrown by `Vault.put` for an existing key. Not a storage failure. */
export class KeyExists extends Error {
  override readonly name = 'KeyExists';

  constructor() {
    super('This key of the vault is used already: every gift needs a new one');
  }
}
