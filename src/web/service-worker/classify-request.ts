/** What the worker has to do with a request: only with the parts of the page itself, and with what is shared with it. */

/** `hashed`: named after its bytes, so that it never changes; `named`: keeps its name when it changes. */
export type RequestKind = 'page' | 'hashed' | 'named' | 'share';

type Asked = Pick<Request, 'url' | 'method' | 'mode'>;

/** Undefined for whatever is none of its business: the service's own answers above all. */
export function classifyRequest(
  { url, method, mode }: Asked,
  ownOrigin: string,
): RequestKind | undefined {
  const { origin, pathname } = new URL(url);
  if (origin !== ownOrigin) return undefined;
  if (method === 'POST') return pathname === '/share' ? 'share' : undefined;
  if (method !== 'GET') return undefined;
  if (mode === 'navigate') return pathname === '/' ? 'page' : undefined;
  if (pathname.startsWith('/assets/')) return 'hashed';
  return /^\/(?:icons\/|manifest\.|favicon\.)/.test(pathname) ? 'named' : undefined;
}
