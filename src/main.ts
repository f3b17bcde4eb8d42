#!/usr/bin/env node
/** config → open → listen → close with grace. */
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { type Config, ConfigError, configHelp, readConfig } from './config.ts';
import { adopt, OpenError, open, type Program } from './open.ts';

keepMemoryFlat();
try {
  await main();
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof OpenError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/**
 * Bytes pass through in buffers that are garbage a moment later, and V8 looks for young garbage only when the young
 * generation is full: at its usual size a hundred transfers leave a hundred MiB lying about first (promise P9).
 */
function keepMemoryFlat(): void {
  // Older versions do not know the flag, and would say so.
  if (Number.parseInt(process.versions.v8, 10) < 13) return;
  setFlagsFromString('--scavenger-max-new-space-capacity-mb=4');
}

async function main(): Promise<void> {
  if (process.argv[2] === 'move') {
    const { runMove } = await import('./move/run.ts');
    process.exitCode = await runMove(process.argv.slice(3));
    return;
  }
  if (process.argv[2] === 'doctor') {
    const { runDoctor } = await import('./doctor/run.ts');
    process.exitCode = await runDoctor(process.argv.slice(3));
    return;
  }
  if (process.argv[2] === 'adopt') {
    await adopt(readConfig(process.argv.slice(3)));
    process.stderr.write('The ledger knows this vault for its own now; start as usual.\n');
    return;
  }
  if (process.argv.includes('--help')) {
    process.stdout.write(configHelp());
    return;
  }
  const config = readConfig();
  const program = await open(config);
  // A slip of ours in one request must not end all the others (R12).
  process.on('unhandledRejection', (err) => program.app.log.error({ err }, 'unhandled rejection'));
  try {
    await listen(program, config);
  } catch (error) {
    await program.close();
    throw error;
  }
  closeOnSignal(program);
}

async function listen({ app }: Program, { PORT, HOST }: Config): Promise<void> {
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
  const { port } = app.server.address() as AddressInfo;
  // For the person who started us; standard output carries the log, for machines.
  process.stderr.write(`Random File Exchange is open at http://localhost:${port}\n`);
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

function closeOnSignal(program: Program): void {
  let closing = false;
  const close = async () => {
    if (closing) return;
    closing = true;
    await program.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, close);
}
