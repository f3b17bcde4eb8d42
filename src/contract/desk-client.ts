/** The typed client of the desk. Its page alone loads it. */
import type { Static } from 'typebox';
import type { DecisionBody, Review, ReviewPage, WholeReview } from './api/desk-schemas.ts';
import { paths, pathTo } from './api/paths.ts';
import { createCalls, jsonInit } from './client.ts';

export type Decision = Static<typeof DecisionBody>;

/** Requests throw a `Problem` if they are refused; `not-found` also stands for a wrong token. */
export interface DeskClient {
  /** A page of the reviews in a state, oldest first: the first, or that behind the cursor `after`. */
  reviews(state: Review['state'], after?: number): Promise<ReviewPage>;
  review(sha256: string): Promise<WholeReview>;
  decide(sha256: string, decision: Decision): Promise<WholeReview>;
}

/** Creates a client of the desk of the service at `base` for the bearer of `token`. */
export function createDeskClient(base: string, token: string): DeskClient {
  const { callJson } = createCalls(base, (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  });
  return {
    reviews: (state, after) =>
      callJson(`${paths.reviews}?state=${state}${after === undefined ? '' : `&after=${after}`}`),
    review: (sha256) => callJson(pathTo(paths.review, sha256)),
    decide: (sha256, decision) => callJson(pathTo(paths.decision, sha256), jsonInit('POST', decision)),
  };
}
