/** Decides which requests the service worker handles: those for the page's own files and for the share target. */

/** `hashed`: the name contains a content hash, so the bytes never change. `named`: the bytes may change. */
type RequestKind = 'page' | 'hashed' | 'named' | 'share';

type RequestFacts = Pick<Request, 'url' | 'method' | 'mode'>;

/** Undefined for requests that the worker leaves alone, above all those to the API. `folder` is the address of the page. */
export function classifyRequest({ url, method, mode }: RequestFacts, folder: string): RequestKind | undefined {
  if (!url.startsWith(folder)) return undefined;
  const [path = ''] = url.slice(folder.length).split(/[?#]/, 1);
  if (method === 'POST') return path === 'share' ? 'share' : undefined;
  if (method !== 'GET') return undefined;
  if (mode === 'navigate') return path === '' ? 'page' : undefined;
  if (path.startsWith('assets/')) return 'hashed';
  return /^(?:icons\/|manifest\.|favicon\.)/.test(path) ? 'named' : undefined;
}
