/** `rfx admin`: the desk in a shell. Lists reports, decides about files, bans, and shows the log. */
import { parseArgs } from 'node:util';
import { readConfig } from '../../config/load-settings.ts';
import { reportReasons } from '../../contract/vocabulary.ts';
import { bans, log } from './bans.ts';
import { decideReport, isDecision, listReports, showReport } from './reports.ts';
import { AdminError, type AdminFlags, type AdminVerb, atDesk } from './target.ts';

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
    const { words, settings, own } = readArguments(argv);
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

/** Words before the first flag are the command's, its own flags may stand anywhere, and the rest are settings. */
function readArguments(argv: readonly string[]) {
  const { tokens } = parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
  const own = tokens.filter((token) => token.kind === 'option').filter(({ name }) => name in flags);
  const taken = own.flatMap(({ index, value, inlineValue }) =>
    value === undefined || inlineValue ? [index] : [index, index + 1],
  );
  const rest = argv.filter((_word, index) => !taken.includes(index));
  const firstFlag = rest.findIndex((word) => word.startsWith('--'));
  const count = firstFlag === -1 ? rest.length : firstFlag;
  return {
    own: new Map(own.map(({ name, value }) => [name, value ?? true] as const)),
    words: rest.slice(0, count),
    settings: rest.slice(count),
  };
}

/** Throws `AdminError` for words that are no command. */
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
  throw new AdminError('That is no command of rfx admin; rfx admin --help lists them.');
}
