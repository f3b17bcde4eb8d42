/** What the clients of one run share, and how they ask. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../../src/contract/client.ts';
import { failureCode, isTransient } from '../clients/retry.ts';
import type { SeededRandom } from '../clients/seeded-random.ts';
import type { History } from './history.ts';

export interface ClientState {
  readonly history: History;
  /** The address of a process, each time another. */
  url(): string;
  readonly maxGiftSize: number;
  /** Tickets that nobody is using. */
  readonly tickets: Set<string>;
  /** Deliveries that have not arrived yet, by address, with their ticket. */
  readonly pendingDeliveries: Map<string, string | null>;
  /** Answers that no client should ever get, as sentences. */
  readonly complaints: string[];
  gifts: number;
  requests: number;
  isOver: boolean;
}

/** One client. */
export interface LabClient {
  readonly random: SeededRandom;
  readonly name: string;
  /** What the service calls them, once it has, if they keep it. */
  secret: string | undefined;
}

export type AttemptResult<T> = { readonly answer: T } | { readonly code: string };

const timeoutMs = 20_000;

/** `fetch` with a time limit. */
export const fetchWithTimeout = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(timeoutMs), ...init });

/** A client of one of the processes, by turns. */
export const apiClient = (state: ClientState): Client =>
  createClient(state.url(), (input, init) => fetchWithTimeout(String(input), init));

/** A refusal is final. Under faults a 500 is not: the disk may have been full. */
export const isRefusal = (code: string): boolean => code !== 'unexpected' && !isTransient(code);

/** Makes one request. */
export async function attempt<T>(
  state: ClientState,
  request: () => Promise<T>,
): Promise<AttemptResult<T>> {
  try {
    return { answer: await request() };
  } catch (error) {
    const code = failureCode(error);
    if (code === 'unexpected') state.complaints.push('somebody was answered 500');
    return { code };
  }
}

/** Repeats a request until it is answered or refused, or the run is over. */
export async function attemptUntilAnswered<T>(
  state: ClientState,
  request: () => Promise<T>,
): Promise<AttemptResult<T>> {
  for (;;) {
    const result = await attempt(state, request);
    if ('answer' in result || isRefusal(result.code) || state.isOver) return result;
    await sleep(25);
  }
}
