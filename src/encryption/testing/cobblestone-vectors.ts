/**
 * Test vectors of C2SP/wycheproof (Apache License 2.0): `testvectors_v1/c2sp_chunked_encryption_aes_128_gcm_test.json`.
 *
 * Some are left out, such as the two that are longer than 4 MiB.
 */
interface Vector {
  readonly id: number;
  readonly comment: string;
  /** Hex, as the rest. */
  readonly key: string;
  readonly context: string;
  /** Compressed with zlib. */
  readonly ciphertext: string;
  /** Of the message; undefined for a ciphertext that must be refused. */
  readonly sha512?: string;
  readonly size?: number;
}

const key = '59454c4c4f57205355424d4152494e45';

export const vectors: readonly Vector[] = [
  {
    id: 1,
    comment: 'empty message',
    key,
    context: '',
    ciphertext:
      '78da004800b7ff187cab8e8e163c24b527dc7cb554eca847e5d7dc592714ea7d7b5967607c6a68302fb25b26e0b032a6d39a239914ea2dc86aa17ec6d0beb1fdb011c7ad45ed1089aeffe3465fdf59010000ffff0c6f2574',
    size: 0,
    sha512:
      'cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e',
  },
  {
    id: 2,
    comment: 'short message, single chunk',
    key,
    context: '',
    ciphertext:
      '78da004f00b0ff99ef5b6b98795b7b37a41d6321d8dd472347c76185f40027e921542dd7e4305bb67a175e5088a8a4db92ef4d3419bda917dd5099085be2f35cf32165613d4fe58db45dd4619b454586232f2661a2bf010000ffffd8e1254a',
    size: 7,
    sha512:
      'e85f32a85f1d4f7c9b2d36d20eca8435d81253e7075e9dea069eb1b6da48daf92ef1797367b520d8a46c4f72cecb85b1daff8887fcb41721d39943d1952fc180',
  },
  {
    id: 3,
    comment: 'full chunk followed by short chunk',
    key,
    context: '',
    ciphertext:
      '78daecc0ad4a03010000e0530e85c32058c4a8ed8241b870a02058fcc3e203885e1114c422d82cd744834145dfc06032892886855bde5696ee185b1f630c16f6182bdfb7b355e4ef8f6bcf5fc3381fcfaef6ef8fd77b4741fb74b47277f0fdb2b8fcfb73919d476761ab395f0e6ae97e78552e9c5c6f6701000000000000000000000000000000307549755b9f5bea6eecbd254fff9b0f87413153959f1f7f97d14dfcdae8a4bb93000000ffff3021296c',
    size: 16_385,
    sha512:
      '72b0c82119222070adf3117d445bbf53d7ffb70b75be4809ecaf8939f058fcb6caceeece412a1f0d8c90f8c4db8fe9d199edf3e5007c2005d486c2e09d97ae45',
  },
  {
    id: 5,
    comment: 'two full chunks followed by short chunk',
    key,
    context: '',
    ciphertext:
      '78daecd0bf2b05010000e0b72145af5e166f607231bc32c86836bc85e12965f36bf0e33158e83299cc6c8a2c472919d8e4a26eb9145d62b39194747583f267dcf27d7fc2f7b6f5bcdd9a194eabb5b1d59eced3a987dacfc0fa4177efd9dff774769517c1fc45f0f4d975bdb69bd6774e16c3a4ff75bce3a8685600000000000000000000000000000080d25de693d568f6fdf876f3e6bed9d8383702000000000000000000000000000000e51b8d070f97c395bef6dcd2e3ef48d2a8c443d1cbfec744fdaeb5d0cebe82bdff000000ffffcc093424',
    size: 32_769,
    sha512:
      'f16c8845d526b3d2af655cabd27d47c6f1123916a357e376c0d5f230e842ca2c86b2fd97b8e37667afd147a98d5a7ca766c18cbb522a47d19970ad542bb7991c',
  },
  {
    id: 6,
    comment: 'full chunk followed by empty terminating chunk',
    key,
    context: '',
    ciphertext:
      '78daecc0312b05010000e01b6ebe6ed715523a17759348162911e315d3fd031b7519fc022e83fc0019a41483c8425126a3c1f05e6f7cc3ab375eeff5defb196ff9be93e63f19ee167341ebfaf1ee70f56ce567a3ee75669bd7e3fbe4a35e5fce77a2e7cba5abb5977c547e45e142fab9ff56768faa0000000000000000000000000000000098ba876c1c5e6ca74fb7ed62efe0fc77fea69c79ffeb2f66a7dff1606b33ae26010000fffff7962905',
    size: 16_384,
    sha512:
      'aae514ccbcdfd4d3ce7146a116b7fef8a485fbcdc90fb6f6cba89b6c3095cb7688cef7e8735c69f3638e7bba770f4a37fa8d91eb98c94157c2a708c06373c0af',
  },
  {
    id: 9,
    comment: 'short message with non-empty context string',
    key,
    context: '7465737420636f6e74657874',
    ciphertext:
      '78da004f00b0ffde2ff42cb103e3c5583e1f39bfe368e9b2a83996fd28804927145e3dde6a611edf2fbb2ab7afc10f4f6e0426d2e4a9aebc7349ea5cda426488c91fd589e9d8d6da8759c7be16d0abf726266ee340e6010000ffff35052969',
    size: 7,
    sha512:
      'e85f32a85f1d4f7c9b2d36d20eca8435d81253e7075e9dea069eb1b6da48daf92ef1797367b520d8a46c4f72cecb85b1daff8887fcb41721d39943d1952fc180',
  },
  {
    id: 10,
    comment: 'short message with context containing a null byte',
    key,
    context: '7465737400636f6e74657874',
    ciphertext:
      '78da004f00b0ffbfcff9bb0c0e2f36cb63abb0f787bb62b5345f47be4a8397be381baeec749ee0a2e053584f63e29e41fc5caacc1303c4e058168625b8c5a437656312c43a99fc4dfa0470c9cbdb757a21c2929a2e99010000ffff81692929',
    size: 7,
    sha512:
      'e85f32a85f1d4f7c9b2d36d20eca8435d81253e7075e9dea069eb1b6da48daf92ef1797367b520d8a46c4f72cecb85b1daff8887fcb41721d39943d1952fc180',
  },
  {
    id: 12,
    comment: 'full chunk followed by corrupted short chunk',
    key,
    context: '',
    ciphertext:
      '78daecc0ad4ac4000000e0c1a298c522f8063358149b1a6c22f8534ca245c164161405c3d2d8860c411159b00dc630880cc164170c064110eed28571e1e01ee3caf7b59b73bdabc7ea7bfaf6357fd93fab8f97ca8da936b8587f7aa8fb5b8b71b29b9e171f65b69a16e1cdcfc2e5dbfdceefd7dafc5f000000000000000000000000000000004cdc5d97ec0d67e36c263cf9ef9ae833783f7c3eb83e1d54dbcdd1ca288f96c7010000ffff9f8e2e9e',
  },
  {
    id: 13,
    comment: 'two full chunks with empty terminator, second chunk corrupted',
    key,
    context: '',
    ciphertext:
      '78daecd0312b4401000060fba57bdb5d598c72b7589c45c9268345ca0d4a51260375a5738fc9c0a814d3b31029e657667a190c167a0b2f8b2c065e1ec3fd8cb77cdf4ff8e67776f3ee4a6b70eaa81d44b7cd22b87bf9f95c1a3ebfefad66e9573e7b71dc1a4fd696bfebc9c4d0f3fbcdd8f4e4e5efff7af8340000000000000000000000000000000094ae1a75b7d38de270b43e536d3f36fe8c00000000000000000000000000000040f9e2ac533b5b6c5e8707bdab4e6daf711a6c8e2cec3fbc7dccc5af5b95934a3f0000ffffdf443524',
  },
  {
    id: 15,
    comment: 'corrupted first chunk followed by valid short chunk',
    key,
    context: '',
    ciphertext:
      '78daecc0a14a03010000d0d36a3839c403cf6ad12828268d0a2611c3d914837a51c52822882006b96032a84d2e6912444c83b1b2b43a581a8c85c1607083ed3356de2bdfe79b332f73f1747abf96ae7fd54ef68a9dd64db2fc9d35b285b7f3fed2e3df5db49f1cfdd41747ff579d4af5227f9e1ab41f0200000000000000000000000000000060e2b6cbc3d78da795cbb3fc78eb342cc2e0fae037eecd7ec4c3dbcfddd56eb4390e0000ffff30712954',
  },
  {
    id: 16,
    comment: 'single chunk truncated to remove authentication tag',
    key,
    context: '',
    ciphertext:
      '78daba2fd3fffc99bea2e3ab336d3f3bbf1ef82c2da65db2cfd9e4e7c972aee49e995992d2379516f1059d91e09413ecb2bfe5f2be347e6dc1b37f474e3200020000ffff470d1c0e',
  },
  {
    id: 17,
    comment: 'payload shorter than one authentication tag',
    key,
    context: '',
    ciphertext:
      '78da004400bbff9c0616e7f3954041a59c7c8810874905e3a503b6e8f8a27b5b9edc7d5d88d948b36e8f6f879c40f11a8a004a3957d819c93efaa5d0e06b04717bab0630eba8f87938902b010000ffff920421d4',
  },
  {
    id: 20,
    comment: 'header only, no encrypted chunks',
    key,
    context: '',
    ciphertext:
      '78daf23ab0d47ce9ec4fdbf4be728b5c61ddc8f861678c207ffc461f49f184cde796bcf9cc11e3f4df79ef67b749ee7a67a456b1a6a7883a7dcafe93a207080000fffff9dc1a38',
  },
  {
    id: 21,
    comment: 'valid ciphertext with wrong commitment',
    key,
    context: '',
    ciphertext:
      '78da004900b6ff46eb273810f299b36de74cade0cdb72deab3e003d2d6bee089e8a661c8abf11e2aac34e784962295b6904f7b35386a167599184d9444cbac00bdf8814efecd80b348b133b1b79a3a59010000ffffdca52741',
  },
  {
    id: 22,
    comment: 'valid ciphertext decrypted with wrong key',
    key: '4f52414e4745205355424d4152494e45',
    context: '',
    ciphertext:
      '78da004900b6ff26648a72b9bbcf5f723cd66de6263d8adfe8100b91a774f1540f14e1531dba0cc6f298752a9aec3d30828d688a992c2723a87d04438b04c300bbe88f443261c4b54f7cbed26ba04576010000ffff0340224d',
  },
  {
    id: 23,
    comment: 'valid ciphertext encrypted with too-short key',
    key: '4f52414e4745205355424d4152494e',
    context: '',
    ciphertext:
      '78da004900b6ffcf548a7b04373a44de87b6eec6aa900da3f87b3432f8d608cf80d9c4933abd150cf21382ecade7da2c115b6ad25bb2219cc89e64998d9d9700f0012d6a3d06d611a97a083ef074b27a010000ffff685c242f',
  },
  {
    id: 25,
    comment: 'valid ciphertext decrypted with wrong context',
    key,
    context: '77726f6e6720636f6e74657874',
    ciphertext:
      '78da004900b6ff0737fac11e5970e23526a474950ab68a5a5f232dd17a02a858917eddfbb8ae5e327dbb461f1557c156100e0d420793e55ac430527ad99c6c00d74d15c265ccb53d842c84563e9ef4f7010000ffff970820be',
  },
  {
    id: 26,
    comment: 'valid ciphertext with corrupted salt',
    key,
    context: '',
    ciphertext:
      '78da004900b6ff6da1ece7a0b576b33430b565549f35e0b9fb04a78cf1d6536b045daba6458a65d4adf229dfbd75a10ff882b74911da6a08cc616959fc0f4500e2e226218cc5e034ed0640f981729809010000ffffbaff25df',
  },
  { id: 27, comment: 'zero-length ciphertext', key, context: '', ciphertext: '78da010000ffff00000001' },
  {
    id: 29,
    comment: 'salt and partial commitment',
    key,
    context: '',
    ciphertext:
      '78da0aacd81feccc75aa6d8bfcb67b39265d8f124f84b545cf165875a066eed16967fab55694eb315d49eb3605040000ffff951d13a3',
  },
  {
    id: 31,
    comment: 'full chunk without terminating empty chunk',
    key,
    context: '',
    ciphertext:
      '78daecc0ad6a02010000e0fd94b1be95f5635c58d9e0ca18c7c1188c0b2b83b1a88826d1a6d113b3c1a83ec5058bc52c82460d36f14c76938f61f9beb778b4b91b76f6e95752b48ff3fadf29ba6fe53745f571bcda7d76c3f2ffd3ba19bd3ebc4c8352efba31f859c6b5df453ebb020000000000000000000000000000002e2e4c27cfd96df07de827ef958f6d760e0000ffff17431ffb',
  },
  {
    id: 33,
    comment: 'two full chunks plus short final chunk, chunks 0 and 1 swapped',
    key,
    context: '',
    ciphertext:
      '78daecd03f2b05010000f02bc9a3a44c8f41a9a79e2f6023440c3230dc2065b4502636262729cabf2c16be004977a5286539dd0d0697b263904c32f03ec62dbfdf47f865bdebdf2f95aca7f36274f767e7e0aeba58bfeeea3bcd9fe71ee29b8dabfecbe3d7a429682be2c1e6ffcfda646b3d9959ed9ede5e0b00000000000000000000000000000080d2bd4d8d1d9d9d44f77bc303f3231de1af1100000000000000000000000000000028dfd2ece3cafe6ded2ffc5828da279ef2e03dada4e32d5bd5ecfc6bf37079286a040000ffff0282333c',
  },
  {
    id: 34,
    comment: 'chunk 0 duplicated in place of chunk 1, followed by short final chunk',
    key,
    context: '',
    ciphertext:
      '78daecdcb12a4571008071a74827c9491848298f20269b190f60a50c74caa8148bce7fc3e460b3d81929594c16dcbad3eddcbadbed4c7738cba97b1fe03ec0597ebf47f81ee0dbfb5ee8e559982dd295906e3f7d1e6c7e9cee1f6d3db6ce0f8fbbeda5e56aadd37fffdf09b7f57a36371d0f177f664ea68aab680200000000000000000000000000000068dce4eafdcdc3c6ef6539f87a7e2b2fe61501000000000000000000000000000080e68dfd00aaebbfd724afa3b3bb3824f1eecb280000ffffc4cf335b',
  },
  {
    id: 35,
    comment: 'valid full chunk and short final chunk followed by extra encrypted chunk',
    key,
    context: '',
    ciphertext:
      '78daecc0ad8ac20000c0f1857b803b581b07f7158ebbcb2b172cfa0462340c6d82c5e2d6669c8828629aa228b3c8068261088605830c314d86c934c66c8265203e86e5ffb3df16fd97aa567132d95a7c2d25f287f9fb9fe48f52243bf12639fc4dc5e0f9fb29d444dbd7fddd57dc1c0f2ebdf64d0000000000000000000000000000000000000000000000000fd73172adf9e833344caf1179efa9b0d627b3e5d0725db5a8d6d3fd499094c276a5583ff6b9dc7d0d34f51e0000ffff3e9639bc',
  },
];
