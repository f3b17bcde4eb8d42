/**
 * The uploads of this tab without an answer, in `sessionStorage`. A reload ends them; the page then asks what became of them, and
 * gives the same file again with the same key.
 */
import { ownName } from '../own-address.ts';
import type { KeyedFile } from './exchange.ts';

export interface UploadRecord {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  /** When the file was last changed, in milliseconds since 1970. */
  readonly modified: number;
}

export interface UploadRecords {
  /** The uploads that an earlier load of the page did not finish. */
  readonly unfinished: readonly UploadRecord[];
  /** The key of the unfinished upload of a file, or a new one. */
  keyFor(file: File): string;
  /** Records an upload, in place of all others unless it is one of many. */
  start(keyedFile: KeyedFile, isOneOfMany?: boolean): void;
  /** Forgets an upload: it was answered or given up. */
  end(key: string): void;
}

type RecordStorage = Pick<Storage, 'getItem' | 'setItem'>;

export function createUploadRecords(storage: RecordStorage | undefined, path = ''): UploadRecords {
  const place = ownName('exchange.uploads', path);
  const unfinished = parseRecords(storage?.getItem(place));
  let records = unfinished;
  const save = (changed: readonly UploadRecord[]) => {
    records = changed;
    try {
      storage?.setItem(place, JSON.stringify(records));
    } catch {
      // Full or forbidden: then a reload forgets them.
    }
  };
  const end = (key: string) => {
    if (records.some((record) => record.key === key)) save(records.filter((record) => record.key !== key));
  };
  return {
    unfinished,
    keyFor: (file) => unfinished.find((record) => isOf(file, record))?.key ?? createIdempotencyKey(),
    start: ({ file, key }, isOneOfMany = false) => {
      const { name, size, lastModified } = file;
      const others = isOneOfMany ? records.filter((record) => record.key !== key) : [];
      save([...others, { key, name, size, modified: lastModified }]);
    },
    end,
  };
}

const isOf = ({ name, size, lastModified }: File, record: UploadRecord) =>
  record.name === name && record.size === size && record.modified === lastModified;

function parseRecords(text: string | null | undefined): readonly UploadRecord[] {
  try {
    return JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
}

/** 192 random bits: keys never collide. */
const keyBytes = 24;

/** A random key in hexadecimal. */
export function createIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(keyBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
