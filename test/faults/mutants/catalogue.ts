/** Bugs that the fault laboratory has to find: an unseen failure proves nothing. */
import { deliveryMutants, processMutants } from './delivery-mutants.ts';
import { encryptionMutants } from './encryption-mutants.ts';
import type { Mutant } from './mutant.ts';
import { safetyMutants } from './safety-mutants.ts';
import { durabilityMutants, lostFileMutants, removalMutants } from './storage-mutants.ts';

export const mutants: readonly Mutant[] = [
  ...durabilityMutants,
  ...removalMutants,
  ...lostFileMutants,
  ...deliveryMutants,
  ...processMutants,
  ...encryptionMutants,
  ...safetyMutants,
];
