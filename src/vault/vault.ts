/** The vault stores the bytes of gifts: in a folder (`disk/`, `small-files/`) or in an S3 bucket (`s3/`). */

/** Bytes per CRC-32: small enough that a hundred downloads can verify blocks in memory before sending them. */
export const blockSize = 128 * 1024;

/** Maximum size of a chunk that `Vault.read` yields, in bytes. */
export const maxChunkSize = 4 * blockSize;

/** Maximum length of the id of a vault, in bytes. */
export const maxIdLength = 64;

/** Facts about stored bytes, which the ledger keeps. */
export interface StoredFacts {
  /** In bytes. */
  readonly size: number;
  /** Of the whole file, in hex. */
  readonly sha256: string;
  /** CRC-32 (zlib) of each block of `blockSize` bytes, 4 bytes little-endian each. */
  readonly checks: Uint8Array;
}

/** The checks of bytes that authenticate themselves, such as encrypted ones: the vault neither computes nor compares CRCs. */
export const selfAuthenticating: Uint8Array = new Uint8Array(0);

/** How the vault checks bytes: by CRC-32 and SHA-256, or not at all, because they authenticate themselves. */
export type Checking = 'checksums' | 'self-authenticating';

/** A byte range: `start` inclusive, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** An entry of a listing. */
export interface StoredFile {
  /** In milliseconds since 1970. */
  readonly storedAt: number;
  /** In bytes. */
  readonly size: number;
}

/** The files whose keys begin with the same two hex digits. */
export interface Shard {
  readonly shard: string;
  readonly keys: ReadonlyMap<string, StoredFile>;
}

export interface Vault {
  /**
   * Stores bytes under a new key. Resolves when they would survive a power cut; a failure leaves nothing behind.
   *
   * Throws `Problem` `storage-full` or `storage-failing`, errors of the source unchanged, `KeyExists`, or `TypeError` for a bad key.
   *
   * The facts of `self-authenticating` bytes have an empty `sha256` and no CRCs.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>, checking?: Checking): Promise<StoredFacts>;
  /**
   * Reads a span of verified blocks. A chunk's memory is reused for the next one: do not pass chunks to `Readable.from` or
   * `pipeline`, which read ahead.
   * Throws `Problem` `gift-damaged` if bytes changed or are gone, `storage-failing` if they cannot be read.
   */
  read(key: string, stored: Pick<StoredFacts, 'size' | 'checks'>, span: Span): AsyncIterable<Uint8Array>;
  /** True if bytes are stored under a key, sound or not. Throws `Problem` `storage-failing` if that is unknown. */
  has(key: string): Promise<boolean>;
  /** Removes bytes; a missing key is no error. Throws if they may still exist. After a power cut they may reappear. */
  remove(key: string): Promise<void>;
  /** Lists all shards in order. */
  shards(): AsyncIterable<Shard>;
  /** Removes the rest of gives that failed more than `age` milliseconds before `now`. Returns the number of files. */
  sweep(now: number, age: number): Promise<number>;
  /** Free space in bytes. Throws if the place is not the one that was opened. */
  free(): Promise<number>;
  /** Stores and removes a probe. Throws if that fails. */
  check(): Promise<void>;
  /** The id that binds the vault to a ledger; undefined if it has none yet. */
  id(): Promise<string | undefined>;
  /** Replaces the id durably, in all of the vault's own files. */
  setId(id: string): Promise<void>;
  /** The vault's own files that do not carry its id: new, replaced, or of an earlier version. */
  unboundFiles(): Promise<readonly UnboundFile[]>;
  /** Releases open files. No other call may be in progress. */
  close(): Promise<void>;
}

interface UnboundFile {
  readonly path: string;
  /** True if it holds no gift. */
  readonly isEmpty: boolean;
}

/** An entry in a vault that is no gift. */
export interface UnknownEntry {
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly changedAt: number;
  /** True for a give in progress or its remains, which `Vault.sweep` removes. */
  readonly isUnfinished: boolean;
}

/** A vault opened without creating it, for `doctor`. */
export interface ExistingVault extends Vault {
  unknownEntries(): AsyncIterable<UnknownEntry>;
  /** Faults of the vault's own files, as sentences. May read all of them. */
  integrity(): Promise<readonly string[]>;
}
