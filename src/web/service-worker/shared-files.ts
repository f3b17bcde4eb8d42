/** Where files lie that a device shared with the page, until somebody there says what becomes of them. */

/** A file, and what it is known by there. */
export interface SharedFile {
  readonly key: string;
  readonly file: File;
}

export interface SharedFileStore {
  /** All of them or none: answers false when it is more than may lie here. */
  put(files: readonly File[]): Promise<boolean>;
  list(): Promise<readonly SharedFile[]>;
  /** Takes them away; answers those that were still there, so that two open pages never both have one. */
  take(shared: readonly SharedFile[]): Promise<readonly SharedFile[]>;
}

export const sharedCacheName = 'shared';

/** Any web page can send us some, so there is an end to it. */
const most = { files: 20, bytes: 200_000_000 };

/** In the worker and the page alike, where the browser has such a place. */
export async function openSharedFiles(): Promise<SharedFileStore> {
  return createSharedFileStore(await caches.open(sharedCacheName));
}

export function createSharedFileStore(
  cache: Pick<Cache, 'keys' | 'match' | 'put' | 'delete'>,
): SharedFileStore {
  const list = async (): Promise<readonly SharedFile[]> => {
    const found: SharedFile[] = [];
    for (const { url } of await cache.keys()) {
      const file = await cache.match(url).then((kept) => kept && unpack(kept));
      if (file) found.push({ key: url, file });
    }
    return found;
  };
  return {
    list,
    put: async (more) => {
      const there = (await list()).map(({ file }) => file);
      if (!hasRoom([...there, ...more])) return false;
      const parcels = more.map((file) => [`/share/${crypto.randomUUID()}`, file] as const);
      try {
        for (const [key, file] of parcels) await cache.put(key, pack(file));
        return true;
      } catch {
        // The browser has less room for us than we thought.
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
  return files.length <= most.files && bytes <= most.bytes;
}

const pack = (file: File): Response =>
  new Response(file, {
    headers: { 'content-type': file.type, 'file-name': encodeURIComponent(file.name) },
  });

async function unpack(kept: Response): Promise<File> {
  const blob = await kept.blob();
  const name = decodeURIComponent(kept.headers.get('file-name') ?? '');
  return new File([blob], name, { type: blob.type });
}
