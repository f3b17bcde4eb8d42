/** Where the service runs in the laboratory, and how it is started there. */
import { chmodSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultyS3, startFaultyS3 } from '../setup/faulty-s3.ts';
import { type Postgres, startPostgres, skipReason as withoutPostgres } from '../setup/postgres.ts';
import { type PostgresProxy, startPostgresProxy } from '../setup/postgres-proxy.ts';
import { newS3Location } from '../setup/s3.ts';
import { startCeph } from '../setup/s3-servers.ts';
import { type RunOptions, type Service, startService } from '../setup/service.ts';
import { type Disk, makeDisk } from './disks.ts';

export interface Site {
  readonly name: 'embedded' | 'servers';
  /** How any program gets at what is there, past all faults. */
  readonly settings: Readonly<Record<string, string>>;
  /** What the service is told instead, so that faults can come in between. */
  readonly proxiedSettings: Readonly<Record<string, string>>;
  /** What can fail besides the service, on a site of servers. */
  readonly servers?: FaultyServers;
  remove(): Promise<void>;
}

export interface FaultyServers {
  readonly postgres: Postgres;
  /** The disk of PostgreSQL. */
  readonly disk: Disk;
  readonly line: PostgresProxy;
  readonly s3: FaultyS3;
}

/** So short that what a dead client left open is back within a run, and longer than a busy machine keeps anybody waiting. */
export const labSettings: Readonly<Record<string, string>> = {
  LEASE: '4s',
  HOLD: '4s',
  // Who broke off quietly after all bytes had left comes back for them, in the end when stock is taken.
  GRACE: '1h',
  RATE_LIMIT: 'off',
  // About half of the gifts have a file of their own, and the others none.
  BUNDLE_UP_TO: '1KiB',
  LOG_LEVEL: 'silent',
  // Plain calls, which can be seen and disturbed.
  UV_USE_IO_URING: '0',
};

/** On embedded defaults, in a folder of its own. */
export async function embeddedSite(): Promise<Site> {
  const home = await mkdtemp(join(tmpdir(), 'rfx-site-'));
  return {
    name: 'embedded',
    settings: { DATA_DIR: join(home, 'data') },
    proxiedSettings: {},
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

/** Servers for many sites, one after the other. */
export interface SharedServers {
  newSite(): Promise<Site>;
  stop(): Promise<void>;
}

/** Starts a PostgreSQL, on a disk that can lose power, and a Ceph; a sentence when they cannot be had. */
export async function startSharedServers(): Promise<SharedServers | string> {
  const reason = await withoutPostgres();
  if (reason !== undefined) return reason;
  const ceph = await startCeph();
  if (typeof ceph === 'string') return ceph;
  const home = await mkdtemp(join(tmpdir(), 'rfx-servers-'));
  chmodSync(home, 0o755);
  const folder = join(home, 'disk');
  // Whoever could install and start Ceph is root on Linux.
  const disk = makeDisk(folder, 2_048);
  const within = join(folder, 'postgres');
  mkdirSync(within);
  const postgres = await startPostgres([], within);
  // A server that nobody has used yet does not sync what it is made of.
  disk.sync();
  return {
    newSite: () => serversSite(postgres, disk, ceph.server),
    stop: async () => {
      await postgres.stop();
      disk.remove();
      await ceph.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function serversSite(
  postgres: Postgres,
  disk: Disk,
  ceph: Parameters<typeof newS3Location>[0],
): Promise<Site> {
  const home = await mkdtemp(join(tmpdir(), 'rfx-site-'));
  const database = await postgres.newDatabase();
  const place = await newS3Location(ceph);
  const line = await startPostgresProxy(postgres.port);
  const s3 = await startFaultyS3(ceph.endpoint);
  return {
    name: 'servers',
    settings: {
      DATA_DIR: join(home, 'data'),
      DATABASE_URL: postgres.url(database),
      S3_BUCKET: place.bucket,
      S3_ENDPOINT: place.endpoint,
      S3_ACCESS_KEY_ID: place.credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
      S3_PREFIX: place.prefix,
    },
    proxiedSettings: {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${line.port}/${database}`,
      S3_ENDPOINT: s3.url,
    },
    servers: { postgres, disk, line, s3 },
    remove: async () => {
      line.close();
      await s3.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export const startServiceOn = (
  { settings, proxiedSettings }: Site,
  runOptions: RunOptions = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Service> =>
  startService({ ...labSettings, ...settings, ...proxiedSettings, ...more }, runOptions);
