/** `rfx doctor`: examines the exchange that the settings name; repairs it only with `--repair`. */
import { parseArgs } from 'node:util';
import { describePlace } from '../../app/vault-from-settings.ts';
import { readConfig } from '../../config/load-settings.ts';
import { DoctorError } from './issues.ts';
import { reportJson, reportText } from './report.ts';
import { type DoctorOptions, runChecks } from './run-checks.ts';
import { openTarget, type ProgressSink } from './target.ts';

const doctorHelp = `Checks ledger and vault of an exchange and reports faults.

Usage: rfx doctor [--read-data[=SHARE]] [--repair [--accept-loss]] [--json] [--setting value …]

The settings name the exchange, as for rfx without a verb. The structure is always checked: the files of the database, the rules
of the ledger, and whether ledger and vault contain the same gifts with the same sizes. The service may run meanwhile: each
fault is checked twice. Only --repair writes, and requires that a service on SQLite is stopped.

  --read-data        Also read and verify the bytes of all gifts.
  --read-data=5%     Read and verify a random share of the gifts.
  --repair           Quarantine gifts with missing or damaged bytes, so that their tickets can draw again; remove stray bytes that
                     are older than an hour; recount the counters; serve overlooked tickets.
  --accept-loss      With --repair, also quarantine gifts without bytes if they are many: their bytes are lost for good.
  --json             Print the report as JSON.
  --help             Show this and exit.

Exit codes: 0 without faults, 1 with faults (repaired or not), 2 if the check was not possible.
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
  'accept-loss': { type: 'boolean' },
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
      acceptLoss: values.has('accept-loss'),
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
  const reason = (cause instanceof Error && name === 'Problem' ? cause.message : message) || code;
  return `It cannot be examined: ${reason}.`;
}
