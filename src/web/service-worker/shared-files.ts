/** Stores shared files in a Cache until the visitor gives or dismisses them. */
import { ownName, ownPath } from '../own-address.ts';

/** A file with its cache key. */
interface SharedFile {
  readonly key: string;
  readonly file: File;
}

export interface SharedFileStore {
  /** Stores all files or none; returns false if they exceed the limit. */
  put(files: readonly File[]): Promise<boolean>;
  list(): Promise<readonly SharedFile[]>;
  /** Removes files; returns those that were still there, so that two open pages never both give one. */
  take(shared: readonly SharedFile[]): Promise<readonly SharedFile[]>;
}

/** Any site can post files here, so the space is limited. */
const limit = { files: 20, bytes: 200_000_000 };

/** For the worker and the page. Rejects if the browser has no Cache API. */
export async function openSharedFiles(): Promise<SharedFileStore> {
  return createSharedFileStore(await caches.open(ownName('shared', ownPath())));
}

/** A store on a Cache, with an entry for each file. */
export function createSharedFileStore(cache: Pick<Cache, 'keys' | 'match' | 'put' | 'delete'>): SharedFileStore {
  const list = async (): Promise<readonly SharedFile[]> => {
    const found: SharedFile[] = [];
    for (const { url } of await cache.keys()) {
      const file = await cache.match(url).then((cached) => cached && unpack(cached));
      if (file) found.push({ key: url, file });
    }
    return found;
  };
  return {
    list,
    put: async (more) => {
      const stored = (await list()).map(({ file }) => file);
      if (!hasRoom([...stored, ...more])) return false;
      const parcels = more.map((file) => [`share/${crypto.randomUUID()}`, file] as const);
      try {
        for (const [key, file] of parcels) await cache.put(key, pack(file));
        return true;
      } catch {
        // The browser is out of space.
        await Promise.all(parcels.map(([key]) => cache.delete(key)));
        return false;
      }
    },
    take: async (shared) => {
      const taken = await Promise.all(shared.map(({ key }) => cache.delete(key)));
      return shared.filter((_one, index) => taken[index]);
    },
  };
}

function hasRoom(files: readonly File[]): boolean {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return files.length <= limit.files && bytes <= limit.bytes;
}

const pack = (file: File): Response =>
  new Response(file, {
    headers: { 'content-type': file.type, 'file-name': encodeURIComponent(file.name) },
  });

async function unpack(cached: Response): Promise<File> {
  const blob = await cached.blob();
  const name = decodeURIComponent(cached.headers.get('file-name') ?? '');
  return new File([blob], name, { type: blob.type });
}
