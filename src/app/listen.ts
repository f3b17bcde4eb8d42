import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/settings.ts';
import type { RunningApp } from './create-app.ts';
import { OpenError } from './environment.ts';

type Address = Pick<Config, 'PORT' | 'HOST'>;

/**
 * Listens and returns the port. With `reusePort` (SO_REUSEPORT) several processes listen on it and the kernel distributes
 * connections. Throws `OpenError`.
 */
export async function listen({ app }: Pick<RunningApp, 'app'>, address: Address, reusePort = false): Promise<number> {
  await bind(address, (port, host) => {
    const options = { port, host, reusePort };
    return app.listen(options);
  });
  return (app.server.address() as AddressInfo).port;
}

/** How long the workers of a killed primary may keep the port, in milliseconds. */
const maxPortWait = 1_000;

/**
 * Throws `OpenError` if another process listens on the port. Processes with SO_REUSEPORT do not notice each other, so this
 * binds without it once.
 */
export async function assertPortFree(address: Address): Promise<void> {
  if (address.PORT === 0) return;
  const deadline = performance.now() + maxPortWait;
  await bind(address, async (port, host) => {
    while (!(await isFree(port, host, performance.now() > deadline))) await sleep(50);
  });
}

/** Binds the port once. Returns false if it is in use, or throws if this is the last attempt. */
function isFree(port: number, host: string, isLast: boolean): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' && !isLast ? resolve(false) : reject(error),
    );
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Binds all addresses if no host is set; only IPv4 on a machine without IPv6. Throws `OpenError`. */
async function bind({ PORT, HOST }: Address, attempt: (port: number, host: string) => Promise<unknown>): Promise<void> {
  try {
    await attempt(PORT, HOST || '::');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (HOST === '' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) await attempt(PORT, '0.0.0.0');
    else throw new OpenError(listenSentence(error as NodeJS.ErrnoException, PORT, HOST));
  }
}

function listenSentence({ code, message }: NodeJS.ErrnoException, port: number, host: string): string {
  if (code === 'EADDRINUSE') return `Port ${port} is in use; stop what uses it or choose another with --port.`;
  if (code === 'EACCES') return `Port ${port} may not be used by this user; choose one above 1023 with --port.`;
  // https://github.com/nodejs/node/issues/61018
  if (code === 'ENOTSUP') return 'This operating system cannot share a port between processes; set WORKERS to 1.';
  return `Cannot listen on port ${port}${host ? ` of ${host}` : ''}: ${message}.`;
}
