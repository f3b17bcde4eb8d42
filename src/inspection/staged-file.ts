/** A file whose bytes are stored and that is not in the pool yet: inspectors may read all of it. */
import type { FileKind } from '../contract/vocabulary.ts';

export interface StagedFile {
  /** Sanitised. */
  readonly name: string;
  readonly kind: FileKind;
  readonly mimeType: string;
  /** In bytes. */
  readonly size: number;
  /** Of the whole file, in hex. */
  readonly sha256: string;
  /** The first and the last 512 bytes, or the whole file: a tar header, the trailer of a disk image. */
  readonly start: Buffer;
  readonly end: Buffer;
  /**
   * Reads from `from`, inclusive, to `to`, exclusive, as the giver sent the bytes. The memory of a chunk is valid until the next
   * one is asked for.
   */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/** Inspects files before they enter the pool. */
export interface Inspector {
  /** As the log names it. */
  readonly name: string;
  /** True if the file is of its concern. Cheap: every gift passes here. */
  appliesTo(file: StagedFile): boolean;
  /** Resolves if it accepts the file. Throws a `Problem` that refuses it, and any other error if it cannot say. */
  inspect(file: StagedFile): Promise<void>;
}
