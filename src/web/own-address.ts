/**
 * The address of the exchange, as the page and its service worker see it: the folder that they were loaded from. One build so
 * works below any path.
 */

/** Ends with a slash. */
export const ownFolder = (): string => new URL('.', location.href).href;

/** Without a slash at the end; empty at the root. */
export const ownPath = (): string => new URL(ownFolder()).pathname.slice(0, -1);

/** The name of a cache or a stored value of this exchange. Below other paths of the host there may be other exchanges. */
export const ownName = (name: string, path: string): string => name + path;
