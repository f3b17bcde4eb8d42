import { afterEach } from 'vitest';
import { newS3Location, region, s3Servers } from '../../../test/setup/s3.ts';
import { newFolder, removeFolders } from '../testing/recording-fs.ts';
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

for (const [name, server] of s3Servers()) {
  vaultSuite(
    `the S3 vault on ${name}`,
    async () => {
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
    },
    skips[name],
  );
}
