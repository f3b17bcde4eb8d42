/** A proxy between the service and PostgreSQL with injected network failures. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `pass`: no fault. `refuse`: reset new connections. `stall`: drop all data silently. */
export type ProxyMode = 'pass' | 'refuse' | 'stall';

/**
 * Where a COMMIT breaks. `commit`: it never reaches the server; `answer`: it takes effect, but its answer is lost;
 * `late`: it takes effect after the client has seen the break.
 */
export type CommitBreak = 'commit' | 'answer' | 'late';

/** The delay of `late`, in milliseconds. */
const late = 300;

export interface PostgresProxy {
  readonly port: number;
  mode: ProxyMode;
  /** Resets all connections. */
  cutAll(): void;
  /** Breaks one COMMIT, of the next transaction that matches `said`. */
  cutAtCommit(at: CommitBreak, said: RegExp): void;
  /** Whether the break has happened. */
  hasCut(): boolean;
  close(): void;
}

interface Plan {
  readonly at: CommitBreak;
  readonly said: RegExp;
}

/** The statements of the current transaction, and where its COMMIT breaks. */
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
  /** Records statements. Returns true for the COMMIT that is to break. */
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
