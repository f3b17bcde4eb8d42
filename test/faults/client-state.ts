/** What the clients of one run share, and how they ask. */
import { type Client, createClient } from '../../src/contract/client.ts';
import type { History } from './history.ts';
import type { Dice } from './seeded-random.ts';

export interface World {
  readonly history: History;
  /** The address of a process, each time another. */
  url(): string;
  readonly largest: number;
  /** Tickets that nobody is using. */
  readonly tickets: Set<string>;
  /** Deliveries that have not arrived yet, by address, with their ticket. */
  readonly promised: Map<string, string | null>;
  /** Answers that no client should ever get, as sentences. */
  readonly complaints: string[];
  gifts: number;
  asked: number;
  isOver: boolean;
}

/** One client. */
export interface Drawer {
  readonly dice: Dice;
  readonly name: string;
  /** What the service calls them, once it has, if they keep it. */
  secret: string | undefined;
}

export type Outcome<T> = { readonly answer: T } | { readonly code: string };

/** How long an answer is waited for, in milliseconds. */
const patience = 20_000;

/** Asks one of the processes, and does not wait for ever. */
export const ask = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url, { signal: AbortSignal.timeout(patience), ...init });

export const clientOf = (world: World): Client =>
  createClient(world.url(), (input, init) => ask(String(input), init));

/** The service may have been on its way down, or the disk full: who asks again may be answered. */
const ofTheMoment: ReadonlySet<string> = new Set(['network', 'storage-failing', 'unexpected']);

export const isRefusal = (code: string): boolean => !ofTheMoment.has(code);

/** Asks once. What is no problem of the service's is the network's. */
export async function once<T>(world: World, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { answer: await work() };
  } catch (error) {
    const { code } = error as { code?: unknown };
    const isProblem = (error as Error).name === 'Problem' && typeof code === 'string';
    if (isProblem && code === 'unexpected') world.complaints.push('somebody was answered 500');
    return { code: isProblem ? code : 'network' };
  }
}

/** Asks until there is an answer or a refusal, or all is over. */
export async function insist<T>(world: World, work: () => Promise<T>): Promise<Outcome<T>> {
  for (;;) {
    const outcome = await once(world, work);
    if ('answer' in outcome || isRefusal(outcome.code) || world.isOver) return outcome;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
