/** Cases about CRCs, blocks of plaintext at rest, and their sizes; `encrypted-vault.test.ts` has the like. */
export const encryptedSkips: Readonly<Record<string, string>> = {
  'never yields a block without a checksum': 'an encrypted file has no checksums',
  'never yields a damaged first block': 'its unit of damage is a chunk; tested below',
  'never yields a damaged middle block': 'its unit of damage is a chunk; tested below',
  'never yields a damaged last block': 'its unit of damage is a chunk; tested below',
  'reads an intact part of a damaged file': 'its first bytes are a header, which every read needs',
  'lists gifts by shard, with time and size': 'it lists the size of the ciphertext',
};
