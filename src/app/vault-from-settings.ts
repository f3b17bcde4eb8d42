/** Which vault and which offloader the settings choose. */
import { join } from 'node:path';
import type { Config } from '../config/settings.ts';
import type { KeyRing } from '../encryption/key-ring.ts';
import { describeDatabase } from '../ledger/engine/postgres/address.ts';
import type { DiskHealth } from '../vault/disk/disk-health.ts';
import { encryptVault } from '../vault/encrypted/encrypted-vault.ts';
import { createAccelOffloader, type Offloader } from '../vault/offload.ts';
import { createS3Offloader } from '../vault/s3/presigned-urls.ts';
import { findS3Vault, openS3Vault, type S3Place } from '../vault/s3/s3-vault.ts';
import {
  findLayeredVault,
  maxSmallFileSize,
  openLayeredVault,
  openSharedVault,
} from '../vault/small-files/layered-vault.ts';
import type { ExistingVault, Vault } from '../vault/vault.ts';

/** Opens the configured vault, which encrypts with the ring. Several processes on one disk share its `health`. */
export async function openVault(config: Config, ring: KeyRing | undefined, health?: DiskHealth): Promise<Vault> {
  return encryptVault(await openStore(config, health), ring);
}

/** Opens the place of the bytes as they are stored. */
export async function openStore(config: Config, health?: DiskHealth): Promise<Vault> {
  const { DATABASE_URL, S3_BUCKET, BUNDLE_UP_TO } = config;
  if (S3_BUCKET !== '') return openS3Vault(placeOf(config));
  // Several machines may share the folder over a network, where SQLite's locks do not work.
  return DATABASE_URL === ''
    ? openLayeredVault(vaultFolder(config), BUNDLE_UP_TO, health)
    : openSharedVault(vaultFolder(config), health);
}

const vaultFolder = ({ DATA_DIR }: Config) => join(DATA_DIR, 'vault');

/** Opens the configured vault if there is one, and creates or writes nothing. */
export async function findVault(config: Config, ring: KeyRing | undefined): Promise<ExistingVault | undefined> {
  const vault = await findStore(config);
  return vault && encryptVault(vault, ring);
}

/** Opens the place of the bytes as they are stored if there is one, and creates or writes nothing. */
export async function findStore(config: Config): Promise<ExistingVault | undefined> {
  if (config.S3_BUCKET !== '') return findS3Vault(placeOf(config));
  return findLayeredVault(vaultFolder(config), config.DATABASE_URL === '');
}

/** Describes the configured ledger and vault without secrets, for messages. */
export function describePlace({ DATABASE_URL, DATA_DIR, S3_BUCKET }: Config): string {
  const ledger = DATABASE_URL === '' ? `${DATA_DIR}/ledger.db` : describeDatabase(DATABASE_URL);
  return `${ledger} and ${S3_BUCKET === '' ? `${DATA_DIR}/vault` : `the bucket ${S3_BUCKET}`}`;
}

/** The configured offloader; undefined when this process streams all bytes. */
export async function openOffloader(config: Config): Promise<Offloader | undefined> {
  switch (config.DELIVERY) {
    case 'proxy':
      return undefined;
    case 'x-accel':
      return createAccelOffloader(config.X_ACCEL_PREFIX, config.DATABASE_URL === '' ? maxSmallFileSize : 0);
    case 'redirect': {
      const place = placeOf(config);
      return createS3Offloader({ ...place, endpoint: config.S3_PUBLIC_ENDPOINT ?? place.endpoint });
    }
  }
}

/** Warns of settings with which nothing is offloaded, although the operator wants it. */
export const offloadWarnings = ({ DELIVERY, TRUST_PROXY }: Config): string[] =>
  DELIVERY === 'x-accel' && TRUST_PROXY.length === 0
    ? ['DELIVERY is x-accel, but nginx sends no file, since TRUST_PROXY does not name its address.']
    : [];

function placeOf(config: Config): S3Place {
  const { DATA_DIR, S3_BUCKET, S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_PATH_STYLE } = config;
  return {
    bucket: S3_BUCKET,
    endpoint: S3_ENDPOINT,
    region: config.S3_REGION,
    credentials:
      S3_ACCESS_KEY_ID === ''
        ? undefined
        : { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: config.S3_SECRET_ACCESS_KEY },
    pathStyle: S3_PATH_STYLE === 'auto' ? S3_ENDPOINT !== undefined : S3_PATH_STYLE === 'on',
    prefix: config.S3_PREFIX,
    spool: join(DATA_DIR, 'spool'),
  };
}
