/** Bans and the log of the desk, in a shell. */
import type { AuditEntry } from '../../ledger/desk-types.ts';
import { CommandError, shown } from '../command-arguments.ts';
import type { AdminVerb } from './target.ts';

/** `rfx admin ban`, with the words after it. */
export function bans(words: readonly string[]): AdminVerb {
  if (words.length === 0)
    return async ({ ledger }, { json }) => {
      const all = await ledger.listBans();
      return json ? jsonLines(all) : all.map(({ subject, value }) => `${subject}\t${value}\n`).join('');
    };
  const isLifted = words[0] === 'lift';
  const [subject, value, ...more] = isLifted ? words.slice(1) : words;
  if ((subject !== 'giver' && subject !== 'party') || value === undefined || more.length > 0)
    throw new CommandError('Say which: rfx admin ban giver HASH, or rfx admin ban party HASH.');
  return async ({ ledger, now }, { json }) => {
    await ledger.setBan({ subject, value }, !isLifted, 'shell', now());
    if (json) return jsonLines([{ subject, value, banned: !isLifted }]);
    return `The ${subject} ${shown(value)} is ${isLifted ? 'no longer banned' : 'banned'}.\n`;
  };
}

const defaultLimit = 50;
const maxLimit = 10_000;

/** `rfx admin audit` */
export const log: AdminVerb = async ({ ledger }, { json, limit }) => {
  const count = limit === undefined ? defaultLimit : Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > maxLimit)
    throw new CommandError(`The limit is "${limit}", but it must be a whole number from 1 to ${maxLimit}.`);
  const entries = await ledger.readAudit(undefined, count);
  return json ? jsonLines(entries) : entries.map(describe).join('');
};

const describe = ({ at, actor, action, subject, detail }: AuditEntry) =>
  `${[new Date(at).toISOString(), actor, action, shown(subject), shown(JSON.stringify(detail))].join('\t')}\n`;

const jsonLines = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');
