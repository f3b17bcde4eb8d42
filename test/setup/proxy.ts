/** A line between the service and its PostgreSQL that fails as networks do, when it is told to. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `pass`: all well. `refuse`: nobody gets a connection. `stall`: nothing moves, and nobody is told. */
export type Mood = 'pass' | 'refuse' | 'stall';

/** A COMMIT that is swallowed itself never happens; one whose answer is swallowed has happened, and nobody knows. */
export type Swallowed = 'commit' | 'answer';

export interface Proxy {
  readonly port: number;
  mood: Mood;
  /** Breaks every connection that there is. */
  cutAll(): void;
  /** Breaks, once, the connection of a transaction that said something like this, at its COMMIT. */
  cutAtCommit(swallowed: Swallowed, said: RegExp): void;
  /** Whether that has happened since. */
  hasCut(): boolean;
  close(): void;
}

interface Plan {
  readonly swallowed: Swallowed;
  readonly said: RegExp;
}

/** What is said in one transaction, and what is to happen at its end. */
interface Talk {
  said: string;
  swallowsAnswer: boolean;
}

export async function proxyTo(port: number): Promise<Proxy> {
  const open = new Set<Socket>();
  let plan: Plan | undefined;
  const server = createServer((near) => {
    if (proxy.mood === 'refuse') return void near.resetAndDestroy();
    const far = connect(port, '127.0.0.1');
    const both = [near, far];
    for (const socket of both) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        for (const one of both) one.destroy();
      });
    }
    const talk: Talk = { said: '', swallowsAnswer: false };
    near.on('data', (chunk: Buffer) => {
      if (proxy.mood === 'stall') return;
      if (!isPlanned(talk, chunk)) return void far.write(chunk);
      const { swallowed } = plan as Plan;
      plan = undefined;
      if (swallowed === 'commit') return void near.destroy();
      talk.swallowsAnswer = true;
      far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (proxy.mood === 'stall') return;
      if (talk.swallowsAnswer) near.destroy();
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
  const proxy: Proxy = {
    port: (server.address() as AddressInfo).port,
    mood: 'pass',
    cutAll: () => {
      for (const socket of open) socket.destroy();
    },
    cutAtCommit: (swallowed, said) => {
      plan = { swallowed, said };
    },
    hasCut: () => plan === undefined,
    close: () => {
      proxy.cutAll();
      server.close();
    },
  };
  return proxy;
}
