/** Decides which requests the service worker handles: those for the page's own files and for the share target. */

/** `hashed`: the name contains a content hash, so the bytes never change. `named`: the bytes may change. */
type RequestKind = 'page' | 'hashed' | 'named' | 'share';

type RequestFacts = Pick<Request, 'url' | 'method' | 'mode'>;

/** Undefined for requests that the worker leaves alone, above all those to the API. */
export function classifyRequest({ url, method, mode }: RequestFacts, ownOrigin: string): RequestKind | undefined {
  const { origin, pathname } = new URL(url);
  if (origin !== ownOrigin) return undefined;
  if (method === 'POST') return pathname === '/share' ? 'share' : undefined;
  if (method !== 'GET') return undefined;
  if (mode === 'navigate') return pathname === '/' ? 'page' : undefined;
  if (pathname.startsWith('/assets/')) return 'hashed';
  return /^\/(?:icons\/|manifest\.|favicon\.)/.test(pathname) ? 'named' : undefined;
}
