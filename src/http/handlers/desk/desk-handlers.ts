/** The handlers of the desk by endpoint. Loaded only where `ADMIN_TOKEN` is set. */
import type { Static } from 'typebox';
import type { deskEndpoints } from '../../../contract/api/desk-endpoints.ts';
import {
  type AuditPage,
  BanBody,
  type BanList,
  DecisionBody,
  type ReviewPage,
  type WholeReview,
} from '../../../contract/api/desk-schemas.ts';
import { Problem } from '../../../contract/problems/problem.ts';
import { reviewStates } from '../../../contract/vocabulary.ts';
import { decideReview, type ModeratorDecision } from '../../../exchange/desk/decisions.ts';
import type { Handler, HttpContext, HttpRequest } from '../../context.ts';
import { readBody } from '../../request/json-body.ts';
import { deskPageAnswer } from '../../response/headers.ts';
import { instant } from '../../response/serializers.ts';
import { reviewAnswer, wholeReviewAnswer } from './desk-answers.ts';

const defaultLimit = 50;
const maxLimit = 100;

/** `GET /admin` */
const getDeskPage: Handler = ({ webRoot }, _request, reply) =>
  reply.headers(deskPageAnswer).sendFile('desk.html', webRoot, { cacheControl: false });

/** `GET /api/admin/reports` */
async function getReviews({ exchange }: HttpContext, request: HttpRequest): Promise<ReviewPage> {
  const wanted = textIn(request, 'state') ?? 'withheld';
  const state = reviewStates.find((known) => known === wanted);
  if (!state) throw new Problem('bad-request', { detail: `The state is one of ${reviewStates.join(', ')}.` });
  const limit = numberIn(request, 'limit', maxLimit) ?? defaultLimit;
  const after = numberIn(request, 'after') ?? 0;
  const reviews = await exchange.ledger.listReviews({ state, after, limit });
  const last = reviews.length === limit ? reviews.at(-1) : undefined;
  return { reviews: reviews.map(reviewAnswer), ...(last ? { next: last.id } : {}) };
}

/** `GET /api/admin/reports/{hash}` */
async function getReview({ exchange }: HttpContext, request: HttpRequest): Promise<WholeReview> {
  const review = await exchange.ledger.readReview(hashIn(request));
  if (!review) throw new Problem('not-found');
  return wholeReviewAnswer(review);
}

/** `POST /api/admin/reports/{hash}/decision` */
async function postDecision({ exchange, settings }: HttpContext, request: HttpRequest): Promise<WholeReview> {
  const body = await readBody(request, settings, DecisionBody, 'bad-request');
  const review = await decideReview(exchange, hashIn(request), decisionFrom(body), 'desk');
  if (!review) throw new Problem('not-found');
  return wholeReviewAnswer(review);
}

function decisionFrom(body: Static<typeof DecisionBody>): ModeratorDecision {
  if (body.action === 'remove') return { action: 'remove', ground: body.ground, rule: body.rule?.trim() || null };
  if (body.action !== 'hold') return { action: body.action };
  const until = Date.parse(body.until);
  if (Number.isNaN(until))
    throw new Problem('bad-request', { detail: 'A hold ends at a time such as 2027-01-31T00:00:00Z.' });
  return { action: 'retain', until };
}

/** `GET /api/admin/bans` */
const getBans = async ({ exchange }: HttpContext): Promise<BanList> => ({
  bans: [...(await exchange.ledger.listBans())],
});

/** `POST /api/admin/bans` */
async function postBan(context: HttpContext, request: HttpRequest): Promise<BanList> {
  const { exchange, settings } = context;
  const { subject, value, banned } = await readBody(request, settings, BanBody, 'bad-request');
  await exchange.ledger.setBan({ subject, value }, banned, 'desk', exchange.now());
  return getBans(context);
}

/** `GET /api/admin/audit` */
async function getAuditLog({ exchange }: HttpContext, request: HttpRequest): Promise<AuditPage> {
  const limit = numberIn(request, 'limit', maxLimit) ?? defaultLimit;
  const entries = await exchange.ledger.readAudit(numberIn(request, 'before'), limit);
  const last = entries.length === limit ? entries.at(-1) : undefined;
  return { entries: entries.map((entry) => ({ ...entry, at: instant(entry.at) })), ...(last ? { next: last.id } : {}) };
}

function hashIn({ params }: HttpRequest): string {
  if (!/^[\da-f]{64}$/.test(params.hash)) throw new Problem('not-found');
  return params.hash;
}

function textIn({ query }: HttpRequest, name: string): string | undefined {
  const value = (query as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}

/** A whole number of the query, up to `most`. Throws `bad-request` for any other text. */
function numberIn(request: HttpRequest, name: string, most = Number.MAX_SAFE_INTEGER): number | undefined {
  const text = textIn(request, name);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,15}$/.test(text)) throw new Problem('bad-request', { detail: `${name} is a whole number.` });
  return Math.min(Number(text), most);
}

/** The endpoints of the desk by name. */
export type DeskEndpoint = (typeof deskEndpoints)[number]['name'];

export const deskHandlers: Readonly<Record<DeskEndpoint, Handler>> = {
  deskPage: getDeskPage,
  reviews: getReviews,
  review: getReview,
  decision: postDecision,
  bans: getBans,
  setBan: postBan,
  auditLog: getAuditLog,
};
