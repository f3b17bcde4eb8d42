/** What the clients of one run share, and how they ask. */
import { type Client, createClient } from '../../src/contract/client.ts';
import type { History } from './history.ts';
import type { SeededRandom } from './seeded-random.ts';

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

/** How long an answer is waited for, in milliseconds. */
const patience = 20_000;

/** Asks one of the processes, and does not wait for ever. */
export const fetchWithTimeout = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(patience), ...init });

export const apiClient = (state: ClientState): Client =>
  createClient(state.url(), (input, init) => fetchWithTimeout(String(input), init));

/** The service may have been on its way down, or the disk full: who asks again may be answered. */
const ofTheMoment: ReadonlySet<string> = new Set(['network', 'storage-failing', 'unexpected']);

export const isRefusal = (code: string): boolean => !ofTheMoment.has(code);

/** Asks once. What is no problem of the service's is the network's. */
export async function attempt<T>(
  state: ClientState,
  work: () => Promise<T>,
): Promise<AttemptResult<T>> {
  try {
    return { answer: await work() };
  } catch (error) {
    const { code } = error as { code?: unknown };
    const isProblem = (error as Error).name === 'Problem' && typeof code === 'string';
    if (isProblem && code === 'unexpected') state.complaints.push('somebody was answered 500');
    return { code: isProblem ? code : 'network' };
  }
}

/** Asks until there is an answer or a refusal, or all is over. */
export async function retryUntilAnswered<T>(
  state: ClientState,
  work: () => Promise<T>,
): Promise<AttemptResult<T>> {
  for (;;) {
    const outcome = await attempt(state, work);
    if ('answer' in outcome || isRefusal(outcome.code) || state.isOver) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
