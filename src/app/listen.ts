/** The door is opened, and closed when the operating system says so. */
import type { AddressInfo } from 'node:net';
import type { Config } from '../config/settings.ts';
import { OpenError, type RunningApp } from './create-app.ts';

/** Opens the door, and answers on which port. Throws `OpenError`. */
export async function listen(
  { app }: RunningApp,
  { PORT, HOST }: Pick<Config, 'PORT' | 'HOST'>,
): Promise<number> {
  try {
    await app.listen({ port: PORT, host: HOST || '::' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (HOST === '' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) {
      // A machine without IPv6.
      await app.listen({ port: PORT, host: '0.0.0.0' });
    } else {
      throw new OpenError(listenSentence(error as NodeJS.ErrnoException, PORT, HOST));
    }
  }
  return (app.server.address() as AddressInfo).port;
}

function listenSentence(
  { code, message }: NodeJS.ErrnoException,
  port: number,
  host: string,
): string {
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use; stop what uses it or choose another with --port.`;
  if (code === 'EACCES')
    return `Port ${port} may not be used by this user; choose one above 1023 with --port.`;
  return `Cannot listen on port ${port}${host ? ` of ${host}` : ''}: ${message}.`;
}

/** Closes and exits at the first signal to end; answers how to do so without one. */
export function closeOnSignal(close: () => Promise<void>): () => void {
  let isClosing = false;
  const end = async () => {
    if (isClosing) return;
    isClosing = true;
    await close(); // mutant: no-graceful-stop
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
  return () => void end();
}
