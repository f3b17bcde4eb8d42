import { setImmediate as turn } from 'node:timers/promises';

/** A long computation in pieces of a few milliseconds each. It yields between them, so that the event loop is not blocked. */
export type Pieces<T> = Generator<undefined, T>;

/** Runs a computation, with a turn of the event loop between its pieces. */
export async function runInPieces<T>(pieces: Pieces<T>): Promise<T> {
  for (let piece = pieces.next(); ; piece = pieces.next()) {
    if (piece.done) return piece.value;
    await turn();
  }
}
