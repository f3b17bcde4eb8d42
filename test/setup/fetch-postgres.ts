/** Fetches PostgreSQL before any test asks for it: two that fetch it at once take its files from each other. */
import { skipReason } from './postgres.ts';

export default async function setup(): Promise<void> {
  await skipReason();
}
