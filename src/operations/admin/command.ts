/** `rfx admin`: the desk in a shell. Lists reports, decides about files, bans, and shows the log. */
import { readConfig } from '../../config/load-settings.ts';
import { reportReasons } from '../../contract/vocabulary.ts';
import { CommandError, readArguments } from '../command-arguments.ts';
import { bans, log } from './bans.ts';
import { decideReport, isDecision, listReports, showReport } from './reports.ts';
import { type AdminFlags, type AdminVerb, atDesk } from './target.ts';

const adminHelp = `The desk: decides about reported files. The service may run meanwhile, and follows within half a minute.

Usage: rfx admin reports list [--state STATE]        Lists reviews: appealed, withheld and open ones by default.
       rfx admin reports show SHA256                 Shows all facts about a file.
       rfx admin reports approve SHA256              Lets it circulate, and returns withheld gifts to the pool.
       rfx admin reports remove SHA256 --ground GROUND [--rule TEXT]
                                                     Takes it away, refuses it from now on, and tells its giver why.
       rfx admin reports hold SHA256 --until DATE    Legal hold: keeps its bytes at least until then.
       rfx admin reports undo SHA256                 Takes the last decision back.
       rfx admin block SHA256 [--ground GROUND] [--rule TEXT]
                                                     The same as remove, for a file that was not reported.
       rfx admin ban                                 Lists bans.
       rfx admin ban giver|party HASH                Refuses the gifts of a giver, or counts no report of a party.
       rfx admin ban lift giver|party HASH           Takes a ban back.
       rfx admin audit [--limit COUNT]               Shows what was done, newest first.

STATE is open, withheld, approved, removed or appealed; GROUND is ${reportReasons.join(', ')}; DATE is such as 2027-01-31.
--json prints JSON. The settings name the exchange, as for rfx without a verb.
Exit codes: 0 when it is done, 2 when it was not possible.
`;

const flags = {
  json: { type: 'boolean' },
  help: { type: 'boolean' },
  state: { type: 'string' },
  ground: { type: 'string' },
  rule: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
} as const;

/** Returns the exit code. */
export async function runAdmin(argv: readonly string[]): Promise<number> {
  try {
    const { words, settings, own } = readArguments(argv, flags);
    if (own.has('help') || words.length === 0) {
      process.stdout.write(adminHelp);
      return 0;
    }
    const verb = verbOf(words);
    const { help: _help, json, ...rest } = Object.fromEntries(own) as unknown as AdminFlags & { help?: boolean };
    const text = await atDesk(readConfig(settings), (desk) => verb(desk, { ...rest, json: json ?? false }));
    process.stdout.write(text);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
}

/** Throws `CommandError` for words that are no command. */
function verbOf(words: readonly string[]): AdminVerb {
  const [first, ...rest] = words;
  const [verb, subject, ...more] = rest;
  if (first === 'reports' && verb === 'list' && subject === undefined) return listReports;
  if (first === 'reports' && verb === 'show' && subject !== undefined && more.length === 0) return showReport(subject);
  if (first === 'reports' && isDecision(verb) && subject !== undefined && more.length === 0)
    return decideReport(verb, subject);
  if (first === 'block' && verb !== undefined && subject === undefined) return decideReport('block', verb);
  if (first === 'ban') return bans(rest);
  if (first === 'audit' && rest.length === 0) return log;
  throw new CommandError('That is no command of rfx admin; rfx admin --help lists them.');
}
