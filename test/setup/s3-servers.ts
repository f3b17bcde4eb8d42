/**
 * S3 for a whole test run: a real Ceph and a real Swift, or the server of `TEST_S3_*`. Without either, tests that need
 * S3 are skipped with a warning.
 */
import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { missingReason } from './packages.ts';
import { freePorts } from './ports.ts';
import type { S3Server, S3Servers } from './s3.ts';

const run = promisify(execFile);

interface Recipe {
  readonly script: string;
  /** Programs by Debian package. */
  readonly programs: Readonly<Record<string, string>>;
  readonly ports: number;
  readonly credentials: S3Server['credentials'];
}

const recipes: Readonly<Record<'ceph' | 'swift', Recipe>> = {
  ceph: {
    script: 'ceph.sh',
    programs: {
      'ceph-mon': 'ceph-mon',
      'ceph-osd': 'ceph-osd',
      radosgw: 'radosgw',
      ceph: 'ceph-common',
      curl: 'curl',
    },
    ports: 2,
    credentials: { accessKeyId: 'testkey', secretAccessKey: 'testsecret' },
  },
  swift: {
    script: 'swift.sh',
    programs: {
      'swift-proxy-server': 'swift-proxy',
      'swift-account-server': 'swift-account',
      'swift-container-server': 'swift-container',
      'swift-object-server': 'swift-object',
      'swift-ring-builder': 'swift',
      memcached: 'memcached',
      curl: 'curl',
    },
    ports: 5,
    credentials: { accessKeyId: 'test:tester', secretAccessKey: 'testing' },
  },
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folders: { script: string; folder: string }[] = [];
  project.provide('s3', await findServers(folders));
  return () => stopAll(folders);
}

const stopAll = async (folders: readonly { script: string; folder: string }[]) => {
  await Promise.all(folders.map(({ script, folder }) => run(script, ['stop', folder])));
};

/** Starts a Ceph outside of vitest. Resolves with the reason if that is impossible. */
export async function startCeph(): Promise<{ server: S3Server; stop(): Promise<void> } | string> {
  const reason = await hindrance();
  if (reason !== undefined) return reason;
  const folders: { script: string; folder: string }[] = [];
  return { server: await start('ceph', folders), stop: () => stopAll(folders) };
}

async function findServers(folders: { script: string; folder: string }[]): Promise<S3Servers> {
  const given = givenServer();
  if (given) return { given };
  const reason = await hindrance();
  if (reason !== undefined) {
    console.warn(`SKIPPED: everything that needs an S3 server: ${reason}.`);
    return {};
  }
  const [ceph, swift] = await Promise.all([start('ceph', folders), start('swift', folders)]);
  return { ceph, swift };
}

/** A given server; its bucket must exist and may contain objects. */
function givenServer(): S3Server | undefined {
  const { TEST_S3_ENDPOINT, TEST_S3_BUCKET, TEST_S3_ACCESS_KEY_ID, TEST_S3_SECRET_ACCESS_KEY } = process.env;
  if (!TEST_S3_ENDPOINT || !TEST_S3_BUCKET) return undefined;
  const credentials = {
    accessKeyId: TEST_S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: TEST_S3_SECRET_ACCESS_KEY ?? '',
  };
  return { endpoint: TEST_S3_ENDPOINT, bucket: TEST_S3_BUCKET, credentials };
}

/** Installs missing programs. Resolves with the reason if no server can be started. */
async function hindrance(): Promise<string | undefined> {
  const all = Object.values(recipes).map(({ programs }) => programs);
  const reason = await missingReason(Object.assign({}, ...all));
  return reason && `${reason}, and TEST_S3_ENDPOINT and TEST_S3_BUCKET name no server`;
}

async function start(name: keyof typeof recipes, folders: { script: string; folder: string }[]): Promise<S3Server> {
  const { script: file, ports: count, credentials } = recipes[name];
  const script = join(import.meta.dirname, 's3', file);
  const folder = await mkdtemp(join(tmpdir(), `rfx-${name}-`));
  folders.push({ script, folder });
  const ports = await freePorts(count);
  await run(script, ['start', folder, process.pid, ...ports].map(String));
  return { endpoint: `http://127.0.0.1:${ports[0]}`, credentials };
}
