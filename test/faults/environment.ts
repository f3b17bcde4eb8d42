/** The environments of the laboratory: embedded defaults, or servers with fault proxies. */
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
import { newKeySetting } from './sealed-rows.ts';

export interface Site {
  readonly name: 'embedded' | 'servers';
  /** Settings that reach the ledger and the vault directly. */
  readonly settings: Readonly<Record<string, string>>;
  /** Settings of the service, which lead through the fault proxies. */
  readonly proxiedSettings: Readonly<Record<string, string>>;
  /** The servers that can fail, at the site `servers`. */
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

/**
 * Short terms: what a dead client leaves open returns within the run. They are longer than any pause of a busy machine.
 */
const labSettings: Readonly<Record<string, string>> = {
  LEASE: '4s',
  HOLD: '4s',
  // A client that disconnected quietly after the last byte fetches again when the final state is collected.
  GRACE: '1h',
  RATE_LIMIT: 'off',
  // About half of the gifts get a file of their own; the others are small files in the bundle.
  BUNDLE_UP_TO: '1KiB',
  LOG_LEVEL: 'error',
  // Plain system calls, which strace can inject faults into.
  UV_USE_IO_URING: '0',
};

/** SQLite and a disk, in a folder of its own. */
export async function embeddedSite(isEncrypted = false): Promise<Site> {
  const home = await mkdtemp(join(tmpdir(), 'rfx-site-'));
  return {
    name: 'embedded',
    settings: { DATA_DIR: join(home, 'data'), ...(isEncrypted ? newKeySetting() : {}) },
    proxiedSettings: {},
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

/** Servers that all sites of a run share. */
export interface SharedServers {
  newSite(isEncrypted?: boolean): Promise<Site>;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL, on a disk that can lose power, and Ceph. Resolves with the reason if that is impossible.
 */
export async function startSharedServers(): Promise<SharedServers | string> {
  const reason = await withoutPostgres();
  if (reason !== undefined) return reason;
  const ceph = await startCeph();
  if (typeof ceph === 'string') return ceph;
  const home = await mkdtemp(join(tmpdir(), 'rfx-servers-'));
  chmodSync(home, 0o755);
  const folder = join(home, 'disk');
  // Installing and starting Ceph succeeded, so this is root on Linux.
  const disk = makeDisk(folder, 2_048);
  const within = join(folder, 'postgres');
  mkdirSync(within);
  const postgres = await startPostgres([], within);
  // A new PostgreSQL has not synced its own files yet.
  disk.sync();
  return {
    newSite: (isEncrypted = false) => serversSite(postgres, disk, ceph.server, isEncrypted),
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
  isEncrypted: boolean,
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
      ...(isEncrypted ? newKeySetting() : {}),
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
): Promise<Service> => startService({ ...labSettings, ...settings, ...proxiedSettings, ...more }, runOptions);
