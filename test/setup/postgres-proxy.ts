/** A proxy between the service and PostgreSQL with injected network failures. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `pass`: no fault. `refuse`: reset new connections. `stall`: drop all data silently. */
type ProxyMode = 'pass' | 'refuse' | 'stall';

/**
 * Where a COMMIT breaks. `commit`: before it takes effect; `answer`: after that; `late`: it takes effect after the client has
 * seen the break.
 */
export type CommitBreak = 'commit' | 'answer' | 'late';

/** The delay of `late`, in milliseconds. */
const late = 300;

export interface PostgresProxy {
  readonly port: number;
  mode: ProxyMode;
  /** Resets all connections. */
  cutAll(): void;
  /** Breaks one COMMIT, of the next transaction that matches `statements`. */
  cutAtCommit(at: CommitBreak, statements: RegExp): void;
  /** Whether the break has happened. */
  hasCut(): boolean;
  close(): void;
}

interface Plan {
  readonly at: CommitBreak;
  readonly statements: RegExp;
}

/** The statements of the current transaction, and where its COMMIT breaks. */
interface Transaction {
  statements: string;
  brokenAt: CommitBreak | undefined;
}

export async function startPostgresProxy(port: number): Promise<PostgresProxy> {
  const open = new Set<Socket>();
  let plan: Plan | undefined;
  const server = createServer((near) => {
    if (proxy.mode === 'refuse') return void near.resetAndDestroy();
    const far = connect(port, '127.0.0.1');
    const both = [near, far];
    const transaction: Transaction = { statements: '', brokenAt: undefined };
    for (const socket of both) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        if (transaction.brokenAt !== 'late') for (const one of both) one.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (proxy.mode === 'stall') return;
      if (!isBreakDue(plan, transaction, chunk)) return void far.write(chunk);
      transaction.brokenAt = plan?.at;
      plan = undefined;
      if (transaction.brokenAt !== 'answer') near.destroy();
      if (transaction.brokenAt === 'answer') far.write(chunk);
      if (transaction.brokenAt === 'late') setTimeout(() => far.end(chunk), late);
    });
    far.on('data', (chunk: Buffer) => {
      if (proxy.mode === 'stall') return;
      if (transaction.brokenAt) near.destroy();
      else near.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: PostgresProxy = {
    port: (server.address() as AddressInfo).port,
    mode: 'pass',
    cutAll: () => {
      for (const socket of open) socket.destroy();
    },
    cutAtCommit: (at, statements) => {
      plan = { at, statements };
    },
    hasCut: () => plan === undefined,
    close: () => {
      proxy.cutAll();
      server.close();
    },
  };
  return proxy;
}

/** Records statements. Returns true for the COMMIT that is to break. */
function isBreakDue(plan: Plan | undefined, transaction: Transaction, chunk: Buffer): boolean {
  const text = chunk.toString('latin1');
  if (/begin|start transaction/.test(text)) transaction.statements = '';
  transaction.statements += text;
  const isCommit = text.includes('commit\0');
  return plan !== undefined && isCommit && plan.statements.test(transaction.statements);
}
