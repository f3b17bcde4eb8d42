/** Where the bytes of gifts rest. Two implementations: a disk folder (`disk.ts`) and an S3 bucket (`s3.ts`). */

/** How many bytes one CRC-32 covers: small enough that a hundred downloads check before they send without filling memory. */
export const blockSize = 128 * 1024;

/** No chunk that a vault gives out is larger, in bytes. */
export const maxChunkSize = 4 * blockSize;

/** Maximum length of the id of a vault, in bytes. */
export const maxIdLength = 64;

/** What is known of bytes once they rest in the vault. */
export interface StoredFacts {
  /** Bytes. */
  readonly size: number;
  /** Of the whole, in hex: the identity of the file. */
  readonly sha256: string;
  /** One CRC-32 (zlib's) of each block of `blockSize` bytes, each as 4 bytes little-endian. */
  readonly checks: Uint8Array;
}

/** A part of a file: `start` inclusive, `end` exclusive, in bytes. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What a listing tells of the bytes of a key. */
export interface StoredFile {
  /** When they came, in milliseconds since 1970. */
  readonly storedAt: number;
  /** In bytes. */
  readonly size: number;
}

/** The keys that begin with the same two hex digits. */
export interface Shard {
  readonly shard: string;
  readonly keys: ReadonlyMap<string, StoredFile>;
}

export interface Vault {
  /**
   * Keeps bytes under a key nobody has used. Resolves only when they would survive a power cut; when the source throws
   * or the storage fails, nothing stays behind. Throws `Problem` `storage-full` or `storage-failing`, the source's error as it
   * is, or an ordinary error for a key that is in use (which changes nothing) or is not 32 lower-case hex digits.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>): Promise<StoredFacts>;
  /**
   * Reads a part back; every block is checked before any byte of it is given out. A yielded chunk is the consumer's until
   * it asks for the next one, and no longer: its memory is used again. So whoever sends it must ask for the next only
   * when it is sent (the callback of `write`), or copy it; `Readable.from` and `pipeline` read ahead and would send wrong
   * bytes. The chunk at which it leaves off stays as it is. Throws `Problem` `gift-damaged` when the bytes are not those that were kept (or are gone), `storage-failing`
   * when they cannot be read.
   */
  read(
    key: string,
    stored: Pick<StoredFacts, 'size' | 'checks'>,
    span: Span,
  ): AsyncIterable<Uint8Array>;
  /** Forgets bytes, durably or at the next try; a key that is not there is fine. Throws when they may still be there. */
  remove(key: string): Promise<void>;
  /** Lists every key, shard by shard, in their order. */
  shards(): AsyncIterable<Shard>;
  /** Removes what broken gives left behind more than `age` milliseconds before `now`; says how many. */
  sweep(now: number, age: number): Promise<number>;
  /** Free space in bytes. */
  free(): Promise<number>;
  /** Proves that bytes can be kept right now; throws a sentence when not. */
  check(): Promise<void>;
  /** What this vault is known by, or undefined when nobody has named it. */
  id(): Promise<string | undefined>;
  /** Names it, in place of what it was called before; resolves only when that would survive a power cut. */
  setId(id: string): Promise<void>;
  /** Lets go of what is open; nothing may be under way. */
  close(): Promise<void>;
}

/** Something in a vault that is no gift. */
export interface UnknownEntry {
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly changedAt: number;
  /** On its way in, or left behind by a give that broke off: `Vault.sweep` removes it in time. Else nobody knows whose it is. */
  readonly isUnfinished: boolean;
}

/** A vault that was found and not made, for who wants to know everything that is in it (`doctor`). */
export interface ExistingVault extends Vault {
  /** Lists what is no gift. */
  unknownEntries(): AsyncIterable<UnknownEntry>;
  /** What is wrong with the vault's own files, as sentences; it may read all of them. */
  integrity(): Promise<readonly string[]>;
}
