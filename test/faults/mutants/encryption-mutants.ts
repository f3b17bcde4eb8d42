/** Mutants of encryption at rest. */
import { deleted, type Mutant, trial } from './mutant.ts';

export const encryptionMutants: readonly Mutant[] = [
  {
    name: 'key-not-destroyed',
    summary: 'The key of a file stays in the ledger when its bytes are removed.',
    edits: [
      {
        file: 'ledger/maintenance/purge.ts',
        marker: 'key-not-destroyed',
        with: (line) => line.replace(', checks: noChecks', ''),
      },
    ],
    trials: [trial('tampering', 8)],
  },
  {
    name: 'context-not-bound',
    summary: 'Ciphertext and sealed key are bound to no gift, so that two gifts can be exchanged.',
    edits: [
      {
        file: 'vault/encrypted/file-keys.ts',
        marker: 'context-not-bound',
        with: (line) => line.replace("Buffer.from(key, 'hex')", 'Buffer.alloc(16)'),
      },
    ],
    trials: [trial('tampering', 16)],
  },
  {
    name: 'chunk-order-unchecked',
    summary: 'The nonce of a chunk does not depend on its number, so that chunks can change places.',
    edits: [{ file: 'encryption/chunk-cipher.ts', marker: 'chunk-order-unchecked', with: deleted }],
    trials: [trial('tampering', 16)],
  },
];
