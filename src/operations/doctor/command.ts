/** `rfx doctor`: examines the exchange that the settings name; repairs it only with `--repair`. */
import { parseArgs } from 'node:util';
import { describePlace } from '../../app/vault-from-settings.ts';
import { readConfig } from '../../config/load-settings.ts';
import { DoctorError } from './issues.ts';
import { reportJson, reportText } from './report.ts';
import { type DoctorOptions, runChecks } from './run-checks.ts';
import { openTarget, type ProgressSink } from './target.ts';

const doctorHelp = `Examines an exchange, ledger and vault, and says what is wrong with it.

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

const exitCodes = { healthy: 0, faulty: 1, failed: 2 };

/** Returns the exit code. */
export async function runDoctor(argv: readonly string[]): Promise<number> {
  try {
    const { help, json, options, settings } = readOptions(argv);
    if (help) {
      process.stdout.write(doctorHelp);
      return exitCodes.healthy;
    }
    const config = readConfig(settings);
    const target = await openTarget(config, options.repair);
    try {
      const report = await runChecks(target, options, createProgressSink());
      if (process.stderr.isTTY) process.stderr.write(clearLine);
      process.stdout.write((json ? reportJson : reportText)(describePlace(config), report));
      return report.faults.length === 0 ? exitCodes.healthy : exitCodes.faulty;
    } finally {
      await target.close();
    }
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return exitCodes.failed;
  }
}

interface CommandLine {
  readonly help: boolean;
  readonly json: boolean;
  readonly options: DoctorOptions;
  /** The remaining arguments, for the parser of the settings. */
  readonly settings: readonly string[];
}

const flags = {
  'read-data': { type: 'boolean' },
  repair: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function readOptions(argv: readonly string[]): CommandLine {
  const { tokens } = parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
  const own = tokens.filter((token) => token.kind === 'option').filter(({ name }) => name in flags);
  const values = new Map(own.map(({ name, value }) => [name, value]));
  for (const [name, value] of values)
    if (value !== undefined && name !== 'read-data')
      throw new DoctorError(`--${name} takes no value; rfx doctor --help says more.`);
  return {
    help: values.has('help'),
    json: values.has('json'),
    options: {
      repair: values.has('repair'),
      share: values.has('read-data') ? parseShare(values.get('read-data')) : 0,
    },
    settings: argv.filter((_word, index) => !own.some((flag) => flag.index === index)),
  };
}

function parseShare(text = 'all'): number {
  if (text === 'all') return 1;
  const percent = /^\d+(?:\.\d+)?%$/.test(text) ? Number.parseFloat(text) : 0;
  if (percent > 0 && percent <= 100) return percent / 100;
  throw new DoctorError(`--read-data is "${text}", but it must be a share such as 5%, or all.`);
}

/** Time for changes in progress to complete, in milliseconds. */
const settleTime = 2_000;
const progressInterval = 500;
/** ANSI: erase the line. */
const clearLine = '\r\u001b[K';

function createProgressSink(): ProgressSink {
  let shownAt = performance.now();
  const isTerminal = process.stderr.isTTY;
  return {
    progress: (sentence) => {
      if (!isTerminal || performance.now() - shownAt < progressInterval) return;
      shownAt = performance.now();
      process.stderr.write(`${clearLine}${sentence}`);
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, settleTime)),
  };
}

/** The error as one sentence; the cause of a storage problem says more than its message. */
function sentenceOf(error: unknown): string {
  const { name, message, cause, code } = error as Error & { code?: string };
  if (['DoctorError', 'ConfigError'].includes(name)) return message;
  const reason = cause instanceof Error ? cause.message : message || code;
  return `It cannot be examined: ${reason}.`;
}
