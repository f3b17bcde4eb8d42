/** What the load generator is told, and what it tells. */
import type { RequestTemplate } from './request-plan.ts';

export interface LoadPlan {
  readonly port: number;
  readonly connections: number;
  /** Each connection does them again and again, one after another. */
  readonly requests: readonly RequestTemplate[];
  /** No round begins later than this, and no more than so many do; what has begun is ended. */
  readonly seconds: number;
  readonly rounds: number;
  readonly numbers: Numbers;
  /** Each connection comes from an address of its own, 127.1.0.0 and so many. */
  readonly addressesFrom: number;
  /** The first bytes of each good answer to the last step are told, so many of them. */
  readonly prefixBytes?: number;
}

/** Numbers count up, each used once; or they are rolled among the first ones. */
export interface Numbers {
  readonly from: number;
  readonly amongFirst?: number;
}

export interface LoadResult {
  /** From the first byte sent to the last byte received. */
  readonly seconds: number;
  readonly requests: readonly RequestResult[];
  /** How many rounds were begun; as many numbers were used. */
  readonly started: number;
  /** The prefixes of answers, where they were asked for. */
  readonly prefixes: readonly string[];
}

export interface RequestResult {
  /** Answers of 2xx with all their bytes. */
  readonly good: number;
  /** How often each status came, and what else went wrong. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of the good ones, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}
