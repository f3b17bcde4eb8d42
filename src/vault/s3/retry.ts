import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, Unfinished } from './errors.ts';

/** Limits for retries, in milliseconds. Tests replace clock, sleep and random. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  /** Maximum time of one attempt without a transferred byte. */
  readonly stallTimeout: number;
  /** No attempt starts later than this after the first. */
  readonly maxElapsed: number;
  /** Upper bound of the pause before the second attempt; it doubles for each further one. */
  readonly initialPause: number;
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  /** From 0 to below 1. */
  random(): number;
}

/**
 * Bridges an outage of a second, and reports a longer one within a minute, before proxies time out. The stall timeout is
 * long because a busy server is silent for seconds while it syncs an upload.
 */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 5,
  stallTimeout: 15_000,
  maxElapsed: 25_000,
  initialPause: 200,
  now: () => performance.now(),
  sleep: (milliseconds) => sleep(milliseconds),
  random: () => Math.random(),
};

/**
 * Retries transient failures with exponential backoff and full jitter, and throws the last failure.
 * See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function retry<T>(
  { maxAttempts, maxElapsed, initialPause, now, sleep, random }: RetryPolicy,
  attempt: () => Promise<T>,
): Promise<T> {
  const start = now();
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || attempts >= maxAttempts || now() - start >= maxElapsed) throw error;
    }
    await sleep(random() * initialPause * 2 ** (attempts - 1));
  }
}

/** Watches one attempt, which is aborted if it stalls. */
export interface StallWatch {
  readonly signal: AbortSignal;
  /** Restarts the stall timeout. */
  progress(): void;
  abort(reason: unknown): void;
}

/** Runs `work` and aborts its signal after a stall. Throws the reason of the abort, or the error of `work`. */
export async function withStallTimeout<T>(
  { stallTimeout }: Pick<RetryPolicy, 'stallTimeout'>,
  work: (watch: StallWatch) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(stallError(stallTimeout)), stallTimeout);
  try {
    return await work({
      signal: controller.signal,
      progress: () => void timer.refresh(),
      abort: (reason) => controller.abort(reason),
    });
  } catch (error) {
    // The SDK throws a bare AbortError.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Retries `work`, with a stall timeout for each attempt. */
export const requestWithRetry = <T>(policy: RetryPolicy, work: (watch: StallWatch) => Promise<T>): Promise<T> =>
  retry(policy, () => withStallTimeout(policy, work));

export const stallError = (milliseconds: number) => new Unfinished(`S3 was silent for ${milliseconds} milliseconds`);
