/** The order for the load generator, and its result. */
import type { RequestTemplate } from './request-plan.ts';

export interface LoadPlan {
  readonly port: number;
  readonly connections: number;
  /** Repeated in sequence on each connection. */
  readonly requests: readonly RequestTemplate[];
  /** No round starts later than `seconds` or after `rounds`; started ones are completed. */
  readonly seconds: number;
  readonly rounds: number;
  readonly numbers: Numbers;
  /** Each connection has its own address, from 127.1.0.0 plus this number on. */
  readonly addressesFrom: number;
  /** Report this many bytes from the beginning of each good response to the last request. */
  readonly prefixBytes?: number;
}

/** Ascending numbers, each used once, or random ones among the first. */
interface Numbers {
  readonly from: number;
  readonly amongFirst?: number;
}

export interface LoadResult {
  /** From the first byte sent to the last byte received. */
  readonly seconds: number;
  readonly requests: readonly RequestResult[];
  /** The number of started rounds, and of numbers used. */
  readonly started: number;
  /** The beginnings of responses, if requested. */
  readonly prefixes: readonly string[];
}

export interface RequestResult {
  /** Complete 2xx responses. */
  readonly good: number;
  /** The count of each status, and of other failures. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Latencies of the good responses, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}
