/** The LISTEN connection of a process, which reconnects with backoff. */
import type { Client } from 'pg';
import { serviceName, socketWithTimeout } from './connection.ts';

interface Listener {
  /** True while it is connected. */
  isUp(): boolean;
  /** Sends payloads to all other processes. After an error it is unknown which of them received it. */
  send(payloads: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

interface ListenerHandlers {
  onMessage(payload: string): void;
  /** Called at the first connection and after each reconnect. Notifications in between are lost. */
  onConnected(): void;
}

/** The notification channel of the exchanges in one database. */
const channel = 'rfx';

/** Timeouts in milliseconds: of connecting, between heartbeats, and of silence. */
const limits = { connect: 5_000, beat: 5_000, silence: 12_000 };

/** The pause after the first failure, and the longest pause, in milliseconds. */
const minBackoff = 100;
const maxBackoff = 5_000;

/** Connects, and keeps trying while the database is away. */
export async function openListener(url: string, ends: ListenerHandlers): Promise<Listener> {
  const { Client } = (await import('pg')).default;
  let client: Client | undefined;
  let isClosed = false;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;

  const lost = () => {
    client = undefined;
    clearTimeout(timer);
    if (isClosed) return;
    const pause = Math.min(maxBackoff, minBackoff * 2 ** failures++);
    timer = setTimeout(() => void connect(), pause * (0.5 + Math.random() / 2)).unref();
  };
  // A heartbeat: a network that drops all packets looks like one without notifications.
  const beat = (of: Client) => {
    timer = setTimeout(() => {
      of.query('select 1').then(
        () => client === of && beat(of),
        () => undefined,
      );
    }, limits.beat).unref();
  };
  const connect = async () => {
    const next = new Client(clientOptions(url));
    try {
      await listen(next, ends, lost);
    } catch {
      return;
    }
    if (isClosed) return void next.end();
    client = next;
    failures = 0;
    beat(next);
    ends.onConnected();
  };
  await connect();
  return {
    isUp: () => client !== undefined,
    send: async (payloads) => {
      if (!client) throw new Error('there is no connection');
      await client.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [channel, payloads]);
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}

const clientOptions = (url: string) => ({
  connectionString: url,
  connectionTimeoutMillis: limits.connect,
  keepAlive: true,
  application_name: serviceName,
  stream: socketWithTimeout(limits.silence),
  // NOTIFY holds a lock of the whole server until the commit, and notifications need not survive a power cut.
  options: '-c synchronous_commit=off',
});

/** Throws when the connection fails; `lost` is then called as after a connection. */
async function listen(client: Client, { onMessage }: ListenerHandlers, lost: () => void): Promise<void> {
  client.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => void client.once('end', resolve)).then(lost);
  client.on('notification', ({ processId, payload = '' }) => {
    // A process receives its own notifications too.
    if (processId !== (client as Client & { processID?: number }).processID) onMessage(payload);
  });
  try {
    await client.connect();
    await client.query(`listen ${channel}`);
  } catch (error) {
    client.end().catch(() => undefined);
    await ended;
    throw error;
  }
}
