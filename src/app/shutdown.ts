import type { HttpServer } from '../http/context.ts';

/** How long requests in progress may take to end, in milliseconds (R11). */
const graceMs = 10_000;

/** Closes the server: requests in progress may end, up to the grace. */
export async function closeServer(app: HttpServer): Promise<void> {
  // A connection whose last response ends meanwhile would stay open for a next request.
  const closing = setInterval(() => app.server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => app.server.closeAllConnections(), graceMs);
  await app.close();
  clearInterval(closing);
  clearTimeout(deadline);
}

const hasTerminal = () => process.stdout.isTTY || process.stderr.isTTY;

/** Ignores a hangup without a terminal: Node.js forgets that nohup asked for it, and nohup redirects both outputs. */
export function surviveHangup(): void {
  if (!hasTerminal()) process.on('SIGHUP', () => undefined);
}

/** Closes and exits at the first signal. Returns a function that does the same without a signal. */
export function closeOnSignal(close: () => Promise<void>): () => void {
  let isClosing = false;
  const end = async () => {
    if (isClosing) return;
    isClosing = true;
    await close(); // mutant: no-graceful-stop
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  if (hasTerminal()) process.on('SIGHUP', end);
  return () => void end();
}
