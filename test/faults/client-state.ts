/** State that the clients of one run share. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../../src/contract/client.ts';
import { failureCode, isTransient } from '../clients/retry.ts';
import type { SeededRandom } from '../clients/seeded-random.ts';
import type { History } from './history.ts';

export interface ClientState {
  readonly history: History;
  /** The URL of one of the processes, chosen anew each time. */
  url(): string;
  readonly maxGiftSize: number;
  /** Tickets that no client is using. */
  readonly tickets: Set<string>;
  /** Tickets of the deliveries that have not arrived yet, by URL. */
  readonly pendingDeliveries: Map<string, string | null>;
  /** Answers that no client may ever get, as sentences. */
  readonly complaints: string[];
  gifts: number;
  requests: number;
  isOver: boolean;
}

/** A simulated client. */
export interface LabClient {
  readonly random: SeededRandom;
  readonly name: string;
  /** The giver secret, if the client got one and keeps it. */
  secret: string | undefined;
}

type AttemptResult<T> = { readonly answer: T } | { readonly code: string };

const timeoutMs = 20_000;

/** `fetch` with a time limit. */
export const fetchWithTimeout = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(timeoutMs), ...init });

/** An API client of one of the processes. */
export const apiClient = (state: ClientState): Client =>
  createClient(state.url(), (input, init) => fetchWithTimeout(String(input), init));

/** A refusal is final. Under faults a 500 is not: the disk may have been full. */
export const isRefusal = (code: string): boolean => code !== 'unexpected' && !isTransient(code);

/** Makes one request. */
export async function attempt<T>(state: ClientState, request: () => Promise<T>): Promise<AttemptResult<T>> {
  try {
    return { answer: await request() };
  } catch (error) {
    const code = failureCode(error);
    if (code === 'unexpected') state.complaints.push(`somebody was answered ${(error as Error).cause ?? '500'}`);
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
