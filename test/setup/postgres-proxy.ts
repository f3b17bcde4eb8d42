/** A line between the service and its PostgreSQL that fails as networks do, when it is told to. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `pass`: all well. `refuse`: nobody gets a connection. `stall`: nothing moves, and nobody is told. */
export type ProxyMode = 'pass' | 'refuse' | 'stall';

/**
 * What a connection breaks at. A `commit` that is swallowed never happens; one whose `answer` is swallowed has happened, and
 * nobody knows; a `late` one happens after its sender has learned of the break.
 */
export type CommitBreak = 'commit' | 'answer' | 'late';

/** How late, in milliseconds. */
const late = 300;

export interface PostgresProxy {
  readonly port: number;
  mode: ProxyMode;
  /** Breaks every connection that there is. */
  cutAll(): void;
  /** Breaks, once, the connection of a transaction that said something like this, at its COMMIT. */
  cutAtCommit(at: CommitBreak, said: RegExp): void;
  /** Whether that has happened since. */
  hasCut(): boolean;
  close(): void;
}

interface Plan {
  readonly at: CommitBreak;
  readonly said: RegExp;
}

/** What is said in one transaction, and what is to happen at its end. */
interface Talk {
  said: string;
  brokenAt: CommitBreak | undefined;
}

export async function startPostgresProxy(port: number): Promise<PostgresProxy> {
  const open = new Set<Socket>();
  let plan: Plan | undefined;
  const server = createServer((near) => {
    if (proxy.mode === 'refuse') return void near.resetAndDestroy();
    const far = connect(port, '127.0.0.1');
    const both = [near, far];
    const talk: Talk = { said: '', brokenAt: undefined };
    for (const socket of both) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        if (talk.brokenAt !== 'late') for (const one of both) one.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (proxy.mode === 'stall') return;
      if (!isPlanned(talk, chunk)) return void far.write(chunk);
      talk.brokenAt = plan?.at;
      plan = undefined;
      if (talk.brokenAt !== 'answer') near.destroy();
      if (talk.brokenAt === 'answer') far.write(chunk);
      if (talk.brokenAt === 'late') setTimeout(() => far.end(chunk), late);
    });
    far.on('data', (chunk: Buffer) => {
      if (proxy.mode === 'stall') return;
      if (talk.brokenAt) near.destroy();
      else near.write(chunk);
    });
  });
  /** Notes what is said, and answers whether it is the COMMIT that is waited for. */
  const isPlanned = (talk: Talk, chunk: Buffer): boolean => {
    const text = chunk.toString('latin1');
    if (/begin|start transaction/.test(text)) talk.said = '';
    talk.said += text;
    return plan !== undefined && text.includes('commit\0') && plan.said.test(talk.said);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: PostgresProxy = {
    port: (server.address() as AddressInfo).port,
    mode: 'pass',
    cutAll: () => {
      for (const socket of open) socket.destroy();
    },
    cutAtCommit: (at, said) => {
      plan = { at, said };
    },
    hasCut: () => plan === undefined,
    close: () => {
      proxy.cutAll();
      server.close();
    },
  };
  return proxy;
}
