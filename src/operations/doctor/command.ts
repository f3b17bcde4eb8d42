/** `rfx doctor`: examines the exchange that the settings name, and repairs it only when told. */
import { parseArgs } from 'node:util';
import { describePlace } from '../../app/create-app.ts';
import { readConfig } from '../../config/load-settings.ts';
import { DoctorError } from './issues.ts';
import { openTarget } from './open-target.ts';
import { reportJson, reportText } from './report.ts';
import { type DoctorOptions, runChecks } from './run-checks.ts';
import type { ProgressSink } from './target.ts';

export const doctorHelp = `Examines an exchange, ledger and vault, and says what is wrong with it.

Usage: rfx doctor [--read-data[=SHARE]] [--repair] [--json] [--setting value …]

The exchange is that of the settings, as rfx without a verb would take them. Its structure is always looked at: the database's
own files, the ledger's rules, and whether ledger and vault know the same gifts, each of the right size. The service may run
meanwhile; what seems wrong is looked at twice. Nothing is written, but with --repair, for which a service on SQLite must be stopped.

  --read-data        Read the bytes of every gift, too, and compare them with what was given.
  --read-data=5%     Read that share of all gifts, chosen by chance.
  --repair           Put right what can be: gifts with missing or wrong bytes leave circulation and tickets are good again, bytes
                     that nobody knows and that are older than an hour go, counters are counted anew, who waits is served.
  --json             Say it in JSON.
  --help             Show this and exit.

It ends with 0 when all is well, 1 when faults were found (repaired or not), 2 when it could not look.
`;

const exits = { healthy: 0, faulty: 1, blind: 2 };

/** Answers the process's exit code. */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  try {
    const { help, json, orders, settings } = readOptions(argv);
    if (help) {
      process.stdout.write(doctorHelp);
      return exits.healthy;
    }
    const config = readConfig(settings);
    const patient = await openTarget(config, orders.repair);
    try {
      const report = await runChecks(patient, orders, watch());
      if (process.stderr.isTTY) process.stderr.write(clearLine);
      process.stdout.write((json ? reportJson : reportText)(describePlace(config), report));
      return report.faults.length === 0 ? exits.healthy : exits.faulty;
    } finally {
      await patient.close();
    }
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return exits.blind;
  }
}

interface Options {
  readonly help: boolean;
  readonly json: boolean;
  readonly orders: DoctorOptions;
  /** What is left for the settings to read, and to refuse. */
  readonly settings: readonly string[];
}

const flags = {
  'read-data': { type: 'boolean' },
  repair: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function readOptions(argv: readonly string[]): Options {
  const { tokens } = parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
  const own = tokens.filter((token) => token.kind === 'option').filter(({ name }) => name in flags);
  const mine = new Map(own.map(({ name, value }) => [name, value]));
  for (const [name, value] of mine)
    if (value !== undefined && name !== 'read-data')
      throw new DoctorError(`--${name} takes no value; rfx doctor --help says more.`);
  return {
    help: mine.has('help'),
    json: mine.has('json'),
    orders: {
      repair: mine.has('repair'),
      share: mine.has('read-data') ? readAsShare(mine.get('read-data')) : 0,
    },
    settings: argv.filter((_word, index) => !own.some((flag) => flag.index === index)),
  };
}

function readAsShare(text = 'all'): number {
  if (text === 'all') return 1;
  const percent = /^\d+(?:\.\d+)?%$/.test(text) ? Number.parseFloat(text) : 0;
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new DoctorError(`--read-data is "${text}", but it must be a share such as 5%, or all.`);
}

/** How long what only moves may take to arrive, and how often it is said how far it is, in milliseconds. */
const settling = 2_000;
const telling = 500;
/** For a terminal. */
const clearLine = '\r\u001b[K';

function watch(): ProgressSink {
  let toldAt = performance.now();
  const isWatched = process.stderr.isTTY;
  return {
    progress: (sentence) => {
      if (!isWatched || performance.now() - toldAt < telling) return;
      toldAt = performance.now();
      process.stderr.write(`${clearLine}${sentence}`);
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, settling)),
  };
}

/** What kept us from looking, in one sentence; a storage's refusal has its reason behind it. */
function sentenceOf(error: unknown): string {
  const { name, message, cause, code } = error as Error & { code?: string };
  if (['DoctorError', 'ConfigError'].includes(name)) return message;
  const why = cause instanceof Error ? cause.message : message || code;
  return `It cannot be examined: ${why}.`;
}
