/**
 * Reads the settings. Precedence: command line (`--port 8081`), environment (`PORT`), `.env` in the working directory,
 * default.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import leven from 'leven';
import { faultOfAccounts } from './account-settings.ts';
import { type Config, type SettingName, settings } from './settings.ts';

/** Thrown for an unknown or malformed setting. The message is one sentence for the operator. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const names = Object.keys(settings) as SettingName[];
const secretNames = names.filter((name) => 'secret' in settings[name]);
const fileOf = (name: SettingName) => `${name}_FILE`;
/** Every accepted name, `…_FILE` included. */
const accepted: readonly string[] = [...names, ...secretNames.map(fileOf)];
const flagOf = (name: string) => name.toLowerCase().replaceAll('_', '-');

/**
 * Reads all settings. `argv` excludes the program's name. Throws `ConfigError`. Only warns of a misspelt name in the environment,
 * which may be another program's.
 */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  env: Readonly<Record<string, string | undefined>> = process.env,
  envFile = '.env',
  warn: (sentence: string) => void = (sentence) => void process.stderr.write(`${sentence}\n`),
): Config {
  const texts = readSecretFiles({
    ...fileSettings(envFile),
    ...environmentSettings(env, warn),
    ...flagSettings(argv),
  });
  const value = (name: SettingName) => {
    const { parse, default: fallback } = settings[name];
    const text = texts[name] ?? fallback;
    try {
      return parse(text.trim());
    } catch (error) {
      const shown = 'secret' in settings[name] ? 'malformed' : `"${text}"`;
      throw new ConfigError(`The setting ${name} is ${shown}, but it must be ${(error as Error).message}.`);
    }
  };
  const config = Object.fromEntries(names.map((name) => [name, value(name)])) as Config;
  assertCompleteBucket(config);
  assertDeliveryMode(config);
  if (config.METRICS_TOKEN !== '' && !config.METRICS)
    throw new ConfigError('METRICS_TOKEN is set, but METRICS is off; switch it on.');
  const accountFault = faultOfAccounts(config);
  if (accountFault !== undefined) throw new ConfigError(accountFault);
  return config;
}

type Texts = Readonly<Record<string, string | undefined>>;

/** Reads the files named by `…_FILE` settings. */
function readSecretFiles(texts: Texts): Texts {
  const found = { ...texts };
  for (const name of secretNames) {
    const path = texts[fileOf(name)];
    if (path === undefined) continue;
    if (texts[name] !== undefined)
      throw new ConfigError(`Both ${name} and ${fileOf(name)} are set; take one of them away.`);
    try {
      found[name] = readText(path);
    } catch {
      throw new ConfigError(`The file "${path}" that ${fileOf(name)} names cannot be read.`);
    }
  }
  return found;
}

/** Rejects a half-configured bucket: it would silently use another storage or another key. */
function assertCompleteBucket(config: Config): void {
  const { S3_BUCKET, S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  if (S3_BUCKET === '' && (S3_ENDPOINT !== undefined || S3_ACCESS_KEY_ID !== ''))
    throw new ConfigError('S3_BUCKET is not set, but other settings of S3 are; name the bucket.');
  if ((S3_ACCESS_KEY_ID === '') !== (S3_SECRET_ACCESS_KEY === ''))
    throw new ConfigError('Of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY only one is set; set both or none.');
}

/** Rejects a `DELIVERY` mode whose sender cannot reach the vault. */
function assertDeliveryMode({ DELIVERY, S3_BUCKET, S3_PUBLIC_ENDPOINT, ENCRYPTION_KEYS }: Config): void {
  if (DELIVERY !== 'proxy' && ENCRYPTION_KEYS.length > 0)
    throw new ConfigError(
      `DELIVERY is ${DELIVERY}, but ENCRYPTION_KEYS is set, and only this program can decrypt; set DELIVERY to proxy, or take the keys away.`,
    );
  if (DELIVERY === 'redirect' && S3_BUCKET === '')
    throw new ConfigError('DELIVERY is redirect, but no S3_BUCKET is set to redirect to.');
  if (DELIVERY === 'x-accel' && S3_BUCKET !== '')
    throw new ConfigError('DELIVERY is x-accel, but nginx cannot send what lies in an S3_BUCKET.');
  if (DELIVERY !== 'redirect' && S3_PUBLIC_ENDPOINT !== undefined)
    throw new ConfigError('S3_PUBLIC_ENDPOINT is set, but only DELIVERY=redirect makes use of it.');
}

/** The text of `--help`. */
export function configHelp(): string {
  const rows = names.map((name) => {
    const { default: fallback, description } = settings[name];
    return `  --${flagOf(name).padEnd(30)} ${description}${fallback === '' ? '' : ` [${fallback}]`}`;
  });
  return [
    "Random File Exchange: you give a file; you get a random stranger's file.",
    '',
    'Usage: npm start -- [--setting value …]',
    '       npm start -- adopt             Binds the ledger to the current vault, after a start has rejected it.',
    '       npm start -- adopt --after-restore=wait|go-on',
    '                                      Decides on the gifts of a restored copy, which may have been delivered since.',
    '       npm start -- move --to FILE    Moves the exchange to the place that the settings in FILE name; see move --help.',
    '       npm start -- backup --to FOLDER',
    '                                      Copies ledger and vault into a folder while the service runs; see backup --help.',
    '       npm start -- restore --from FOLDER',
    '                                      Brings a backup back into an empty place; see restore --help.',
    '       npm start -- users             Lists accounts, and changes them; see users --help.',
    '       npm start -- admin             The desk: lists reports, and decides about files; see admin --help.',
    '       npm start -- keys VERB         Keys of encryption at rest: new, status, rotate, …; see keys --help.',
    '       npm start -- doctor            Checks ledger and vault, and repairs them on request; see doctor --help.',
    '',
    'Each setting can also be set in the environment or a .env file, in capitals (--max-file-size is MAX_FILE_SIZE).',
    'Sizes and times take units: 512KiB, 50MiB, 2GiB; 90s, 15m, 12h, 30d.',
    '',
    ...rows,
    `  --${'help'.padEnd(30)} Show this and exit.`,
    '',
  ].join('\n');
}

function flagSettings(argv: readonly string[]): Record<string, string> {
  const options = Object.fromEntries(accepted.map((name) => [flagOf(name), { type: 'string' as const }]));
  try {
    const { values } = parseArgs({
      args: [...argv],
      options,
      strict: true,
      allowPositionals: false,
    });
    return Object.fromEntries(
      Object.entries(values).map(([flag, value]) => [flag.toUpperCase().replaceAll('-', '_'), String(value)]),
    );
  } catch (error) {
    throw new ConfigError(unknownFlag(error as Error & { code?: string }, argv));
  }
}

function unknownFlag(error: Error & { code?: string }, argv: readonly string[]): string {
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const flag = argv.find(
      (word) => word.startsWith('-') && !accepted.some((name) => word.replace(/=.*/, '') === `--${flagOf(name)}`),
    );
    return `Unknown setting ${flag ?? ''}${suggestion((flag ?? '').replace(/^-+|=.*/g, ''), accepted.map(flagOf), '--')}; --help lists them all.`;
  }
  return `${error.message.split('. ')[0]}; --help lists all settings.`;
}

function environmentSettings(
  env: Readonly<Record<string, string | undefined>>,
  warn: (sentence: string) => void,
): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '') continue;
    if (accepted.includes(name)) known[name] = value;
    else if (isMisspelt(name)) warn(`Ignored ${name} in the environment${suggestion(name, accepted)}.`);
  }
  return known;
}

/** Reads settings from `file` alone. Throws `ConfigError`, also if the file is missing: all defaults would be a different place. */
export function readConfigFile(file: string): Config {
  if (!existsSync(file)) throw new ConfigError(`There is no "${file}" to read settings from.`);
  return readConfig([], {}, file);
}

/** True for a long name within two edits of a setting. Shorter names may be other programs' variables. */
function isMisspelt(name: string): boolean {
  return name.length >= 8 && accepted.some((ours) => ours.length >= 8 && leven(ours, name) <= 2);
}

function fileSettings(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  const entries = Object.entries(parseEnv(readText(path)));
  const unknown = entries.find(([name]) => !accepted.includes(name));
  if (unknown) throw new ConfigError(`Unknown setting ${unknown[0]} in ${path}${suggestion(unknown[0], accepted)}.`);
  return Object.fromEntries(entries.filter(([, value]) => value !== '')) as Record<string, string>;
}

/** Reads a file without the byte order mark that some editors write. */
const readText = (path: string) => readFileSync(path, 'utf8').replace(/^\uFEFF/, '');

function suggestion(word: string, candidates: readonly string[], prefix = ''): string {
  const [best] = [...candidates].sort((a, b) => leven(a, word) - leven(b, word));
  return best !== undefined && leven(best, word) <= 4 ? ` (did you mean ${prefix}${best}?)` : '';
}
