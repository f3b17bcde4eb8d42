/** What many large transfers at once do to the memory of the service (P9, R19). */
import { readFile, statfs } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { createClient } from '../../src/contract/client.ts';
import { createBarrier, download, mebibyte, type Upload, upload } from '../clients/transfers.ts';
import { type Service, startService } from './service.ts';

/** In bytes. */
export interface Memory {
  /** What is resident now. */
  readonly resident: number;
  /** Of that, what is no page of a file. */
  readonly anonymous: number;
  /** The most that ever was resident. */
  readonly peak: number;
}

/** Reads what Linux knows of a process; see proc_pid_status(5). */
export async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { resident: bytes('VmRSS'), anonymous: bytes('RssAnon'), peak: bytes('VmHWM') };
}

export interface MemoryLoad {
  /** How many uploads and how many downloads there are at once. */
  readonly count: number;
  readonly size: number;
}

/** The load of R19; each of its files is as large as the service takes. */
export const fullLoad: MemoryLoad = { count: 50, size: 50 * mebibyte };

/** Why the load cannot be put on this machine, or undefined. */
export async function skipReason({ count, size }: MemoryLoad): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'the memory of a process is read from /proc, of Linux';
  const { bavail, bsize } = await statfs(tmpdir());
  const needed = 2 * count * size + 1024 * mebibyte;
  if (bavail * bsize >= needed) return undefined;
  const inMebibytes = (bytes: number) => Math.ceil(bytes / mebibyte);
  return `${tmpdir()} has ${inMebibytes(bavail * bsize)} MiB free; ${inMebibytes(needed)} are needed`;
}

export interface MemoryRise {
  readonly idle: Memory;
  readonly loaded: Memory;
  /** The peak under load over what was resident when idle. */
  readonly bytes: number;
}

/** Patience beyond what a slow disk needs: who is held up half way must not be taken for dead. */
const settings = { RATE_LIMIT: 'off', IDLE_TIMEOUT: '10m', LEASE: '10m' };

export interface Measurement {
  /** The data folder of the service. */
  readonly folder: string;
  readonly as: Upload['as'];
  /** More settings of the service. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Of gifts in that folder, if there are any. */
  readonly tickets?: readonly string[];
}

/**
 * Starts the service on a folder, warms it up, and measures what a load adds. Idle means: each kind of request of the
 * load was made twice with a mebibyte, so that its code is loaded and compiled, and then nothing for a second.
 */
export async function measureRise(
  { folder, as, settings: more = {}, tickets = [] }: Measurement,
  load: (service: Service) => Promise<unknown>,
): Promise<MemoryRise> {
  const service = await startService({ ...settings, ...more, DATA_DIR: folder });
  try {
    await warmUp(service, as, tickets[0]);
    const idle = await memoryOf(service.pid);
    await load(service);
    const loaded = await memoryOf(service.pid);
    return { idle, loaded, bytes: loaded.peak - idle.resident };
  } finally {
    await service.stop();
  }
}

/** Leaves nothing behind in the pool, and takes nothing that the load shall take. */
async function warmUp({ url }: Service, as: Upload['as'], ticket?: string): Promise<void> {
  const client = createClient(url);
  const agent = new Agent();
  for (const mark of [-1, -2]) {
    const { body } = await upload({ url, agent, as, size: mebibyte, mark });
    await client.withdraw((JSON.parse(body) as { ticket: string }).ticket);
    const delivery = ticket && (await client.draw(ticket));
    if (!delivery) continue;
    const headers = { range: `bytes=0-${mebibyte - 1}` };
    await (await fetch(url + delivery.url, { headers })).arrayBuffer();
  }
  agent.destroy();
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

let marks = 0;

/** Gives the files of a load, all at once, each held half way until all are; answers their tickets. */
export async function uploadAll(
  { url }: Service,
  { count, size }: MemoryLoad,
  as: Upload['as'],
  midway = createBarrier(count),
): Promise<string[]> {
  const agent = new Agent();
  const giving = Array.from({ length: count }, async () => {
    const { status, body } = await upload({ url, agent, as, size, mark: ++marks, midway });
    if (status !== 201) throw new Error(`an upload answered ${status}: ${body}`);
    return (JSON.parse(body) as { ticket: string }).ticket;
  });
  return Promise.all(giving).finally(() => agent.destroy());
}

/** Uploads and, with these tickets, downloads, all in flight at once. */
export async function transferAll(
  service: Service,
  load: MemoryLoad,
  as: Upload['as'],
  tickets: readonly string[],
): Promise<void> {
  const agent = new Agent();
  const midway = createBarrier(load.count + tickets.length);
  const { url } = service;
  const taking = tickets.map(async (ticket) => {
    const came = await download({ url, agent, ticket, size: load.size, midway });
    if (came !== load.size) throw new Error(`${came} bytes of ${load.size} came`);
  });
  await Promise.all([...taking, uploadAll(service, load, as, midway)]).finally(() =>
    agent.destroy(),
  );
}
