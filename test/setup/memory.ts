/** Measures the service's memory under many large transfers (P9, R19). */
import { readFile, statfs } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { createClient } from '../../src/contract/client.ts';
import { createBarrier, download, mebibyte, type Upload, upload } from '../clients/transfers.ts';
import { type Service, startService } from './service.ts';

/** In bytes. */
interface Memory {
  /** Resident memory. */
  readonly resident: number;
  /** Its anonymous part, without file pages. */
  readonly anonymous: number;
  /** The highest resident memory so far. */
  readonly peak: number;
}

/** Reads /proc/PID/status; see proc_pid_status(5). */
async function memoryOf(pid: number): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { resident: bytes('VmRSS'), anonymous: bytes('RssAnon'), peak: bytes('VmHWM') };
}

export interface MemoryLoad {
  /** The number of parallel uploads, and of downloads. */
  readonly count: number;
  readonly size: number;
}

/** The load of R19; each file has the maximum size. */
export const fullLoad: MemoryLoad = { count: 50, size: 50 * mebibyte };

/** Resolves with the reason if this machine cannot run the load. */
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
  /** The peak under load minus the idle resident memory. */
  readonly bytes: number;
}

/** Longer than a slow disk needs: a transfer that waits half way must not time out. */
const settings = { RATE_LIMIT: 'off', IDLE_TIMEOUT: '10m', LEASE: '10m' };

interface Measurement {
  /** The data folder of the service. */
  readonly folder: string;
  readonly as: Upload['as'];
  /** Further settings of the service. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Tickets of gifts in that folder. */
  readonly tickets?: readonly string[];
}

/**
 * Starts the service, warms it up and measures the effect of a load. Idle means one second after two requests of each
 * kind with a mebibyte, so that the code is compiled.
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

/** Leaves the pool as it was. */
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

/** Uploads the files of a load in parallel; each waits half way for the others. Returns the tickets. */
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
  await Promise.all([...taking, uploadAll(service, load, as, midway)]).finally(() => agent.destroy());
}
