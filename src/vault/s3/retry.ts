import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, Unfinished } from './errors.ts';

/** How long S3 is waited for before a request is refused, in milliseconds; time and chance are a test's to say. */
export interface RetryPolicy {
  /** How often something is tried when no try brings it further. */
  readonly attempts: number;
  /** How long a try may go without a byte. */
  readonly silence: number;
  /** After so long nothing is tried again. */
  readonly total: number;
  /** The longest pause before the second try; it doubles from try to try. */
  readonly pause: number;
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  /** From 0 to below 1. */
  random(): number;
}

/**
 * An outage of a second goes unnoticed, and one that lasts is told within a minute, when others on the way give up. A busy
 * server is silent for seconds when it has all bytes and makes them durable.
 */
export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  silence: 15_000,
  total: 25_000,
  pause: 200,
  now: () => performance.now(),
  sleep: (milliseconds) => sleep(milliseconds),
  random: () => Math.random(),
};

/**
 * Tries until it works, or it makes no sense to try again, or policy is at its end; throws the last failure. Pauses are
 * random up to a limit that doubles ("full jitter"): many processes that were refused together must not come back together.
 */
export async function retry<T>(
  { attempts, total, pause, now, sleep, random }: RetryPolicy,
  attempt: () => Promise<T>,
): Promise<T> {
  const begun = now();
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || tried >= attempts || now() - begun >= total) throw error;
    }
    await sleep(random() * pause * 2 ** (tried - 1));
  }
}

/** Something under way, which is given up after a silence. */
export interface StallWatch {
  readonly signal: AbortSignal;
  /** A byte moved: the silence is over. */
  moved(): void;
  /** It cannot come to its end. */
  giveUp(reason: unknown): void;
}

/** Gives up on work that is silent for too long, by its signal. */
export async function withStallTimeout<T>(
  { silence }: Pick<RetryPolicy, 'silence'>,
  work: (watch: StallWatch) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(stallError(silence)), silence);
  try {
    return await work({
      signal: controller.signal,
      moved: () => void timer.refresh(),
      giveUp: (reason) => controller.abort(reason),
    });
  } catch (error) {
    // The client only knows that it was aborted.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Makes a request as patiently as that, and gives up on each try that is silent. */
export const request = <T>(
  policy: RetryPolicy,
  work: (watch: StallWatch) => Promise<T>,
): Promise<T> => retry(policy, () => withStallTimeout(policy, work));

/** S3 said nothing for so long. */
export const stallError = (milliseconds: number) =>
  new Unfinished(`S3 was silent for ${milliseconds} milliseconds`);
