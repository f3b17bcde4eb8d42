/** Reviews and decisions, in a shell: facts and hashes first, and no byte of a file. */
import { type ReportReason, reportReasons } from '../../contract/vocabulary.ts';
import { decideReview, type ModeratorDecision } from '../../exchange/desk/decisions.ts';
import type { ReviewFacts, ReviewFile, ReviewState } from '../../ledger/desk-types.ts';
import { CommandError, shown } from '../command-arguments.ts';
import type { AdminFlags, AdminVerb } from './target.ts';

/** The states in the order of their urgency. */
const urgentStates: readonly ReviewState[] = ['appealed', 'withheld', 'open'];
const allStates: readonly ReviewState[] = [...urgentStates, 'approved', 'removed'];

/** How many reviews one query reads. */
const page = 200;

const day = (time: number) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

/** `rfx admin reports list` */
export const listReports: AdminVerb = async ({ ledger }, { json, state }) => {
  const states = state === undefined ? urgentStates : allStates.filter((known) => known === state);
  if (states.length === 0)
    throw new CommandError(`The state is "${state}", but it must be one of ${allStates.join(', ')}.`);
  const lines = json ? [] : ['sha256\tstate\treports\treasons\tkind\tsize\topened\tname\n'];
  for (const one of states) {
    for (let after = 0; ; ) {
      const reviews = await ledger.listReviews({ state: one, after, limit: page });
      lines.push(...reviews.map((review) => (json ? `${JSON.stringify(review)}\n` : `${summary(review)}\n`)));
      const last = reviews.at(-1);
      if (!last) break;
      after = last.id;
    }
  }
  return lines.join('');
};

function summary({ sha256, state, reports, openedAt }: ReviewFacts): string {
  const [last] = reports;
  const reasons = [...new Set(reports.map(({ reason }) => reason))].join(',') || '-';
  const facts = [last?.kind ?? '-', last?.size ?? '-', day(openedAt), shown(last?.name ?? '-')];
  return [sha256, state, reports.length, reasons, ...facts].join('\t');
}

/** `rfx admin reports show SHA256` */
export const showReport =
  (sha256: string): AdminVerb =>
  async ({ ledger }, { json }) => {
    const review = await ledger.readReview(hashFrom(sha256));
    if (!review) throw new CommandError(`There is no review of ${shown(sha256)}; rfx admin reports list lists them.`);
    return describeReview(review, json);
  };

const decisions = ['approve', 'remove', 'hold', 'undo', 'block'] as const;
type Decision = (typeof decisions)[number];

export const isDecision = (word: string | undefined): word is Decision =>
  decisions.some((known) => known === word && known !== 'block');

/** `rfx admin reports approve|remove|hold|undo SHA256` and `rfx admin block SHA256` */
export const decideReport =
  (verb: Decision, sha256: string): AdminVerb =>
  async (desk, flags) => {
    const decision = decisionFrom(verb, flags);
    const review = await decideReview(desk, hashFrom(sha256), decision, 'shell');
    return review ? describeReview(review, flags.json) : '';
  };

function decisionFrom(verb: Decision, { ground, rule, until }: AdminFlags): ModeratorDecision {
  switch (verb) {
    case 'approve':
    case 'undo':
      return { action: verb };
    case 'remove':
      if (ground === undefined)
        throw new CommandError(`Say why, since its giver is told: --ground ${reportReasons.join('|')}.`);
      return { action: 'remove', ground: groundFrom(ground), rule: rule ?? null };
    case 'block':
      return { action: 'remove', ground: groundFrom(ground ?? 'other'), rule: rule ?? null };
    case 'hold':
      return { action: 'retain', until: dateFrom(until) };
  }
}

function groundFrom(text: string): ReportReason {
  const ground = reportReasons.find((known) => known === text);
  if (!ground) throw new CommandError(`The ground is "${text}", but it must be one of ${reportReasons.join(', ')}.`);
  return ground;
}

function dateFrom(text: string | undefined): number {
  const time = Date.parse(text ?? '');
  if (Number.isNaN(time)) throw new CommandError('Say until when: --until 2027-01-31.');
  return time;
}

function hashFrom(text: string): string {
  if (!/^[\da-f]{64}$/i.test(text)) throw new CommandError(`${shown(text)} is no SHA-256 in hex.`);
  return text.toLowerCase();
}

function describeReview(review: ReviewFile, isJson: boolean): string {
  if (isJson) return `${JSON.stringify(review)}\n`;
  const { sha256, state, openedAt, decidedAt, decidedBy, ground, rule, appealUntil, retainUntil } = review;
  const facts: Record<string, string | null> = {
    sha256,
    state,
    opened: day(openedAt),
    decided: decidedAt === null ? null : `${day(decidedAt)}, ${decidedBy}`,
    ground,
    rule: rule === null ? null : shown(rule),
    'appeal until': appealUntil === null ? null : day(appealUntil),
    'legal hold until': retainUntil === null ? null : day(retainUntil),
  };
  const gifts = review.gifts.map(({ key, giver, state, isWithheld, bytesUntil }) => {
    const kept = bytesUntil === null ? '' : `, bytes until ${day(bytesUntil)}`;
    return `gift\t${key}\t${state}${isWithheld ? ', withheld' : ''}${kept}\tgiver ${giver}`;
  });
  const reports = review.reports.map(({ at, reason, state, party, kind, size, name, note }) =>
    ['report', day(at), reason, state, `party ${party ?? '-'}`, kind, size, shown(name), shown(note ?? '')].join('\t'),
  );
  const appeals = review.appeals.map(({ at, state, text }) => ['appeal', day(at), state, shown(text)].join('\t'));
  const lines = Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [`${name}\t${value}`]));
  return `${[...lines, ...appeals, ...gifts, ...reports].join('\n')}\n`;
}
