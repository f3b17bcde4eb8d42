/**
 * Every setting once: name, type, default, one sentence. The docs, `.env.example`, `--help` and the parsed values all
 * come from this table. A setting is read from the command line (`--port 8081`), else from the environment (`PORT`),
 * else from a `.env` file in the working directory, else it has its default.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs, parseEnv } from 'node:util';
import leven from 'leven';
import { type Cidr, type Reader, read } from './parsers.ts';

interface Setting<T> {
  readonly read: Reader<T>;
  /** As a person would write it. */
  readonly default: string;
  readonly about: string;
  /** Never shown, and may come from a file that `<name>_FILE` names. */
  readonly secret?: true;
}

const setting = <T>(reader: Reader<T>, fallback: string, about: string): Setting<T> => ({
  read: reader,
  default: fallback,
  about,
});

const secret = <T>(...of: Parameters<typeof setting<T>>): Setting<T> => ({
  ...setting(...of),
  secret: true,
});

export const settings = {
  PORT: setting(read.port, '8080', 'The port to listen on; 0 takes any free one.'),
  HOST: setting(read.text, '', 'The address to listen on; empty listens on all of them.'),
  WORKERS: setting(
    read.workers,
    '1',
    'How many processes serve at the port; more than one where a core is busy all the time, and another is not.',
  ),
  DATA_DIR: setting(
    read.text,
    'data',
    'The folder that holds the ledger and the vault; made when missing.',
  ),
  DATABASE_URL: secret(
    read.text,
    '',
    'The PostgreSQL that holds the ledger instead of the data folder, such as postgres://user:password@host/name; any number of processes may share it.',
  ),
  DATABASE_UNSAFE: setting(
    read.switch,
    'off',
    'Whether to run on a PostgreSQL that does not wait for its disk, and may lose what was acknowledged.',
  ),
  S3_BUCKET: setting(
    read.text,
    '',
    'The S3 bucket that holds the vault instead of the data folder; it must be there.',
  ),
  S3_ENDPOINT: setting(read.server, '', "The address of the S3 server; empty is Amazon's."),
  S3_REGION: setting(read.text, 'us-east-1', 'The region of the bucket.'),
  S3_ACCESS_KEY_ID: setting(
    read.text,
    '',
    "The id of the key to the bucket; empty looks where Amazon's own tools do.",
  ),
  S3_SECRET_ACCESS_KEY: secret(read.text, '', 'The secret of that key.'),
  S3_PREFIX: setting(read.text, '', 'What the names of all objects in the bucket begin with.'),
  S3_PATH_STYLE: setting(
    read.oneOf('auto', 'on', 'off'),
    'auto',
    'Whether the bucket is in the path of an address and not in its host; auto: with S3_ENDPOINT.',
  ),
  DELIVERY: setting(
    read.oneOf('proxy', 'redirect', 'x-accel'),
    'proxy',
    'Who sends the bytes of a delivery: proxy: this program; redirect: S3; x-accel: the nginx before it.',
  ),
  S3_PUBLIC_ENDPOINT: setting(
    read.server,
    '',
    'The address of the S3 server that receivers are redirected to; empty is S3_ENDPOINT.',
  ),
  X_ACCEL_PREFIX: setting(
    read.folder,
    '/vault-internal/',
    "What nginx calls the vault's folder of gifts.",
  ),
  BUNDLE_UP_TO: setting(
    read.bundled,
    '64KiB',
    'Gifts up to this size lie side by side in one file of the vault, which is faster; 0: each has a file of its own. Not with DATABASE_URL or S3_BUCKET.',
  ),
  MAX_FILE_SIZE: setting(read.size, '50MiB', 'The largest file that may be given.'),
  POOL_MAX_BYTES: setting(read.sizeOrOff, 'off', 'How many bytes may wait in the pool altogether.'),
  FREE_SPACE_FLOOR: setting(
    read.size,
    '256MiB',
    'Gifts are refused while the disk has less free space than this.',
  ),
  GIFT_TTL: setting(
    read.duration,
    '30d',
    'How long a free gift waits in the pool before it expires.',
  ),
  TICKET_TTL: setting(
    read.duration,
    '30d',
    'How long a ticket stays good; its gift is owed to it until then.',
  ),
  LEASE: setting(
    read.duration,
    '10m',
    'How long a delivery stays open after its last byte moved, to be resumed.',
  ),
  HOLD: setting(
    read.duration,
    '1d',
    'How long a gift is kept for a waiting ticket whose turn has come.',
  ),
  GRACE: setting(
    read.duration,
    '10m',
    'How long a receiver may fetch an arrived file again before its bytes go.',
  ),
  REPORT_HOLD: setting(
    read.duration,
    '14d',
    'How long the bytes of a reported file are kept for the operator to look at.',
  ),
  FREE_DRAWS: setting(read.switch, 'on', 'Whether free gifts may be drawn without a ticket.'),
  TRUST_PROXY: setting(
    read.cidrs,
    '',
    'Proxies whose X-Forwarded-For is believed: addresses or CIDR ranges, by comma.',
  ),
  CORS_ORIGINS: setting(
    read.list,
    '*',
    'Origins whose pages may call the API, by comma; * for all.',
  ),
  RATE_LIMIT: setting(read.switch, 'on', 'Whether the four limits below hold.'),
  GIFTS_PER_MINUTE: setting(read.count, '3000', 'Gifts an address may give in a minute.'),
  DRAWS_PER_MINUTE: setting(read.count, '6000', 'Draws an address may make in a minute.'),
  BYTES_PER_MINUTE: setting(read.size, '100GiB', 'Bytes an address may give in a minute.'),
  REPLIES_PER_MINUTE: setting(
    read.count,
    '600',
    'Thanks and reports an address may send in a minute.',
  ),
  MIN_SPEED: setting(read.size, '4KiB', 'Bytes a second below which a transfer is ended.'),
  IDLE_TIMEOUT: setting(
    read.duration,
    '30s',
    'How long a connection may be silent in the middle of a request.',
  ),
  MAX_CONNECTIONS: setting(read.count, '8192', 'Connections open at once, in total.'),
  MAX_CONNECTIONS_PER_ADDRESS: setting(
    read.count,
    '1024',
    'Connections open at once from one address.',
  ),
  METRICS: setting(
    read.switch,
    'off',
    'Whether GET /metrics answers, for Prometheus: to who has the METRICS_TOKEN.',
  ),
  METRICS_TOKEN: secret(
    read.text,
    '',
    'The secret that /metrics is read with, as a bearer token; empty: only this machine may, and no proxy on it.',
  ),
  LOG_LEVEL: setting(
    read.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'How much is logged.',
  ),
} as const;

type Settings = typeof settings;
export type SettingName = keyof Settings;
export type Config = { readonly [Name in SettingName]: ReturnType<Settings[Name]['read']> };
export type { Cidr };

/** A setting is unknown or malformed; the message is one sentence for the operator. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const names = Object.keys(settings) as SettingName[];
const secretNames = names.filter((name) => 'secret' in settings[name]);
const fileOf = (name: SettingName) => `${name}_FILE`;
/** All that may be written, files of secrets among it. */
const written: readonly string[] = [...names, ...secretNames.map(fileOf)];
const flagOf = (name: string) => name.toLowerCase().replaceAll('_', '-');

/**
 * Reads all settings. `argv` is without the program's name; `env` defaults to the process's, and the `.env` file of the
 * working directory fills in what it leaves out. Throws `ConfigError`.
 */
export function readConfig(
  argv: readonly string[] = process.argv.slice(2),
  env: Readonly<Record<string, string | undefined>> = process.env,
  envFile = '.env',
): Config {
  const given = withSecrets({
    ...fileSettings(envFile),
    ...environmentSettings(env),
    ...flagSettings(argv),
  });
  const value = (name: SettingName) => {
    const { read: reader, default: fallback } = settings[name];
    const text = given[name] ?? fallback;
    try {
      return reader(text.trim());
    } catch (error) {
      throw new ConfigError(
        `The setting ${name} is "${text}", but it must be ${(error as Error).message}.`,
      );
    }
  };
  const config = Object.fromEntries(names.map((name) => [name, value(name)])) as Config;
  assertBucketWhole(config);
  assertDeliverable(config);
  if (config.METRICS_TOKEN !== '' && !config.METRICS)
    throw new ConfigError('METRICS_TOKEN is set, but METRICS is off; switch it on.');
  return config;
}

type Given = Readonly<Record<string, string | undefined>>;

/** Reads the files of secrets; an editor's last line break is not part of one. */
function withSecrets(given: Given): Given {
  const found = { ...given };
  for (const name of secretNames) {
    const path = given[fileOf(name)];
    if (path === undefined) continue;
    if (given[name] !== undefined)
      throw new ConfigError(`Both ${name} and ${fileOf(name)} are set; take one of them away.`);
    try {
      found[name] = readFileSync(path, 'utf8');
    } catch {
      throw new ConfigError(`The file "${path}" that ${fileOf(name)} names cannot be read.`);
    }
  }
  return found;
}

/** Half of what a bucket needs would silently be another storage, or another key, than was meant. */
function assertBucketWhole(config: Config): void {
  const { S3_BUCKET, S3_ENDPOINT, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  if (S3_BUCKET === '' && (S3_ENDPOINT !== undefined || S3_ACCESS_KEY_ID !== ''))
    throw new ConfigError('S3_BUCKET is not set, but other settings of S3 are; name the bucket.');
  if ((S3_ACCESS_KEY_ID === '') !== (S3_SECRET_ACCESS_KEY === ''))
    throw new ConfigError(
      'Of S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY only one is set; set both or none.',
    );
}

/** Who is to send the bytes must have them. */
function assertDeliverable({ DELIVERY, S3_BUCKET, S3_PUBLIC_ENDPOINT }: Config): void {
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
    const { default: fallback, about } = settings[name];
    return `  --${flagOf(name).padEnd(30)} ${about}${fallback === '' ? '' : ` [${fallback}]`}`;
  });
  return [
    "Random File Exchange: you give a file; you get a random stranger's file.",
    '',
    'Usage: npm start -- [--setting value …]',
    '       npm start -- adopt             Takes the vault as it is, when a start says that it is not the right one.',
    '       npm start -- move --to FILE    Moves the exchange to where the settings in FILE say; move --help says more.',
    '       npm start -- doctor            Says what is wrong with ledger and vault, and repairs it when told; doctor --help says more.',
    '',
    'Each setting may also come from the environment or a .env file, in capitals (--max-file-size is MAX_FILE_SIZE).',
    'Sizes and times take units: 512KiB, 50MiB, 2GiB; 90s, 15m, 12h, 30d.',
    '',
    ...rows,
    `  --${'help'.padEnd(30)} Show this and exit.`,
    '',
  ].join('\n');
}

function flagSettings(argv: readonly string[]): Record<string, string> {
  const options = Object.fromEntries(
    written.map((name) => [flagOf(name), { type: 'string' as const }]),
  );
  try {
    const { values } = parseArgs({
      args: [...argv],
      options,
      strict: true,
      allowPositionals: false,
    });
    return Object.fromEntries(
      Object.entries(values).map(([flag, value]) => [
        flag.toUpperCase().replaceAll('-', '_'),
        String(value),
      ]),
    );
  } catch (error) {
    throw new ConfigError(unknownFlag(error as Error & { code?: string }, argv));
  }
}

function unknownFlag(error: Error & { code?: string }, argv: readonly string[]): string {
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const flag = argv.find(
      (word) =>
        word.startsWith('-') &&
        !written.some((name) => word.replace(/=.*/, '') === `--${flagOf(name)}`),
    );
    return `Unknown setting ${flag ?? ''}${suggestion((flag ?? '').replace(/^-+|=.*/g, ''), written.map(flagOf), '--')}; --help lists them all.`;
  }
  return `${error.message.split('. ')[0]}; --help lists all settings.`;
}

function environmentSettings(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '') continue;
    if (written.includes(name)) known[name] = value;
    else if (isMisspelt(name))
      throw new ConfigError(
        `Unknown setting ${name} in the environment${suggestion(name, written)}.`,
      );
  }
  return known;
}

/** Settings of another place, from a file that must be there: a slip would else be a place of defaults. Throws `ConfigError`. */
export function readConfigOf(file: string): Config {
  if (!existsSync(file)) throw new ConfigError(`There is no "${file}" to read settings from.`);
  return readConfig([], {}, file);
}

/** The environment holds much that is not ours; only a long name a letter or two off one of ours is surely a slip. */
function isMisspelt(name: string): boolean {
  return name.length >= 8 && written.some((ours) => ours.length >= 8 && leven(ours, name) <= 2);
}

function fileSettings(path: string): Record<string, string> {
  if (!existsSync(path)) return {};
  const entries = Object.entries(parseEnv(readFileSync(path, 'utf8')));
  const stranger = entries.find(([name]) => !written.includes(name));
  if (stranger)
    throw new ConfigError(
      `Unknown setting ${stranger[0]} in ${path}${suggestion(stranger[0], written)}.`,
    );
  return Object.fromEntries(entries.filter(([, value]) => value !== '')) as Record<string, string>;
}

function suggestion(word: string, candidates: readonly string[], prefix = ''): string {
  const [best] = [...candidates].sort((a, b) => leven(a, word) - leven(b, word));
  return best !== undefined && leven(best, word) <= 4 ? ` (did you mean ${prefix}${best}?)` : '';
}
