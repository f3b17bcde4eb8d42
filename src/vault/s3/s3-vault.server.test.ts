import { randomBytes } from 'node:crypto';
import { afterEach } from 'vitest';
import { newS3Location, region, s3Servers } from '../../../test/setup/s3.ts';
import { createKeyRing } from '../../encryption/key-ring.ts';
import { encryptVault } from '../encrypted/encrypted-vault.ts';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
import { encryptedSkips } from '../testing/suite/encrypted-skips.ts';
import type { OpenedVault } from '../testing/suite/facts.ts';
import { vaultSuite } from '../testing/suite/suite.ts';
import { openS3Vault } from './s3-vault.ts';

afterEach(removeFolders);

/** Cases that a server cannot pass, with the reason. */
const skips: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  swift: {
    'stores one of several concurrent puts with the same key':
      'Swift answers NotImplemented to If-None-Match, so that a used key is seen only by looking first; keys are 128 random bits',
  },
};

async function open(server: Parameters<typeof newS3Location>[0]): Promise<OpenedVault> {
  const { bucket, endpoint, credentials, prefix, bytesOf, overwrite } = await newS3Location(server);
  const spool = await newFolder();
  const vault = await openS3Vault({
    bucket,
    endpoint,
    credentials,
    prefix,
    region,
    pathStyle: true,
    spool,
  });
  const nameOf = (key: string) => `${prefix}gifts/${key.slice(0, 2)}/${key}`;
  return {
    vault,
    damage: async (key, change) => overwrite(nameOf(key), change(await bytesOf(nameOf(key)))),
    close: async () => {},
  };
}

for (const [name, server] of s3Servers()) {
  vaultSuite(`the S3 vault on ${name}`, () => open(server), skips[name]);
  vaultSuite(
    `the encrypted S3 vault on ${name}`,
    async () => {
      const opened = await open(server);
      const ring = createKeyRing([{ id: 'k1', secret: randomBytes(32) }], randomBytes);
      return { ...opened, isEncrypted: true, vault: encryptVault(opened.vault, ring) };
    },
    { ...encryptedSkips, ...skips[name] },
  );
}
