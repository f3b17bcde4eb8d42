/** Fetches PostgreSQL before all tests: two parallel installations would overwrite each other's files. */
import { skipReason } from './postgres.ts';

export default async function setup(): Promise<void> {
  await skipReason();
}
