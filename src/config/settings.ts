/** The table of all settings. `--help`, `docs/guide/settings.md`, `.env.example` and the parsed `Config` are derived from it. */
import { type Parser, parse } from './parsers.ts';

interface Setting<T> {
  readonly parse: Parser<T>;
  /** As text, before parsing. */
  readonly default: string;
  readonly description: string;
  /** Never shown. May also come from the file that `<name>_FILE` names. */
  readonly secret?: true;
}

const setting = <T>(parser: Parser<T>, fallback: string, description: string): Setting<T> => ({
  parse: parser,
  default: fallback,
  description,
});

const secret = <T>(...of: Parameters<typeof setting<T>>): Setting<T> => ({
  ...setting(...of),
  secret: true,
});

export const settings = {
  PORT: setting(parse.port, '8080', 'Port to listen on; 0 picks a free one.'),
  HOST: setting(parse.text, '', 'Address to listen on; empty listens on all addresses.'),
  BASE_URL: setting(
    parse.baseUrl,
    '',
    'Address that clients use, such as https://example.org/exchange/; needed below a path. Empty stands for the root.',
  ),
  WORKERS: setting(
    parse.workers,
    '1',
    'Number of worker processes. Raise it when one core is saturated. More than 1 needs Linux or BSD.',
  ),
  DATA_DIR: setting(parse.text, 'data', 'Folder of the ledger and the vault; created if it is missing.'),
  DATABASE_URL: secret(
    parse.text,
    '',
    'PostgreSQL database for the ledger, such as postgres://user:password@host/name. Several processes may share it. Empty keeps the ledger in DATA_DIR.',
  ),
  DATABASE_UNSAFE: setting(
    parse.switch,
    'off',
    'Accept a PostgreSQL with fsync, synchronous_commit or full_page_writes off, which may lose acknowledged gifts.',
  ),
  S3_BUCKET: setting(parse.text, '', 'S3 bucket for the vault; it must exist. Empty keeps the vault in DATA_DIR.'),
  S3_ENDPOINT: setting(parse.server, '', 'Address of the S3 server; empty uses Amazon S3.'),
  S3_REGION: setting(parse.text, 'us-east-1', 'Region of the bucket.'),
  S3_ACCESS_KEY_ID: setting(
    parse.text,
    '',
    "Access key ID for the bucket; empty uses the AWS SDK's default credential chain.",
  ),
  S3_SECRET_ACCESS_KEY: secret(parse.text, '', 'Secret access key that belongs to S3_ACCESS_KEY_ID.'),
  S3_PREFIX: setting(parse.text, '', 'Prefix of all object names in the bucket.'),
  S3_PATH_STYLE: setting(
    parse.oneOf('auto', 'on', 'off'),
    'auto',
    'Put the bucket into the path of the URL instead of the host name; auto does so if S3_ENDPOINT is set.',
  ),
  ENCRYPTION_KEYS: secret(
    parse.keys,
    '',
    'Keys that encrypt files, names and notes at rest, as id:key pairs separated by commas, a key being 32 random bytes in base64. The first encrypts, all decrypt. Empty stores them as they are.',
  ),
  DELIVERY: setting(
    parse.oneOf('proxy', 'redirect', 'x-accel'),
    'proxy',
    'Which server sends the bytes of a delivery: this program (proxy), S3 (redirect) or nginx in front of it (x-accel).',
  ),
  S3_PUBLIC_ENDPOINT: setting(
    parse.server,
    '',
    'Address of the S3 server in redirects to receivers; empty uses S3_ENDPOINT.',
  ),
  X_ACCEL_PREFIX: setting(
    parse.folder,
    '/vault-internal/',
    'Path of the internal nginx location that serves the folder of gifts.',
  ),
  BUNDLE_UP_TO: setting(
    parse.smallSize,
    '64KiB',
    'Store gifts up to this size together in one SQLite file, which is faster; 0 stores each gift as a file. Has no effect with DATABASE_URL or S3_BUCKET.',
  ),
  ENCRYPTED_ARCHIVES: setting(
    parse.oneOf('allow', 'refuse'),
    'allow',
    'Take or refuse ZIP archives with encrypted files, which cannot be looked into.',
  ),
  BLIND: setting(
    parse.oneOf('off', 'ask', 'always'),
    'ask',
    'Remove metadata from gifts: never (off), if the giver asks (ask), or from each, with a plain name (always); see docs/guide/metadata.md.',
  ),
  BLOCKLIST: setting(
    parse.text,
    '',
    'File with the SHA-256 of each file that may neither enter nor stay, one a line. Changes count within seconds.',
  ),
  CLAMD_URL: setting(
    parse.clamd,
    '',
    'ClamAV daemon that each gift is sent to, such as tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl. Its StreamMaxLength must be at least MAX_FILE_SIZE.',
  ),
  INSPECT_URL: secret(
    parse.hook,
    '',
    'Hook over HTTP that each gift is posted to, and that accepts or refuses it; see docs/guide/inspection.md.',
  ),
  INSPECT_TIMEOUT: setting(
    parse.duration,
    '60s',
    'How long ClamAV and the hook may each take for a gift; it is refused then.',
  ),
  MAX_FILE_SIZE: setting(parse.someSize, '50MiB', 'Maximum size of a gift.'),
  POOL_MAX_BYTES: setting(
    parse.sizeOrOff,
    'off',
    'Maximum total size of all gifts that are kept: in the pool and in rooms, on their way, and not yet removed.',
  ),
  POOL_MAX_GIFTS: setting(
    parse.count,
    '10000000',
    'Maximum number of gifts that the ledger remembers, with those that have ended.',
  ),
  FREE_SPACE_FLOOR: setting(parse.size, '256MiB', 'Minimum free disk space; gifts are refused below it.'),
  GIFT_TTL: setting(parse.duration, '30d', 'How long a free gift waits in the pool before it expires.'),
  TICKET_TTL: setting(parse.duration, '30d', 'How long a ticket is valid; a gift is reserved for it until then.'),
  LEASE: setting(parse.duration, '10m', 'How long a delivery can be resumed after its last byte was sent.'),
  HOLD: setting(parse.duration, '1h', 'How long a gift is held for the waiting ticket that it was assigned to.'),
  GRACE: setting(
    parse.duration,
    '10m',
    'How long a receiver may fetch a completed delivery again before its bytes are removed.',
  ),
  REPORT_HOLD: setting(parse.duration, '14d', 'How long the bytes of a reported gift are kept for the operator.'),
  APPEAL_WINDOW: setting(
    parse.duration,
    '14d',
    'How long the giver of a removed file may appeal; its bytes are kept until then.',
  ),
  RETENTION: setting(
    parse.longTime,
    '30d',
    'How long hashes of the addresses of reporters are kept, at least an hour; the key that makes them changes as often.',
  ),
  FREE_DRAWS: setting(parse.switch, 'on', 'Allow draws without a ticket.'),
  ROOMS: setting(parse.switch, 'on', 'Allow rooms: private pools for those who have a code; see docs/guide/rooms.md.'),
  MAX_ROOMS: setting(parse.count, '1000', 'Maximum number of rooms.'),
  ROOM_MAX_GIFTS: setting(
    parse.count,
    '10000',
    'Maximum number of gifts that the ledger remembers of a room, with those that have ended.',
  ),
  ROOM_MAX_BYTES: setting(parse.someSize, '5GiB', 'Maximum total size of all gifts that are kept of a room.'),
  TRUST_PROXY: setting(
    parse.cidrs,
    '',
    'Proxies whose X-Forwarded-For header is trusted: a comma-separated list of addresses or CIDR ranges.',
  ),
  PAGES_DIR: setting(
    parse.text,
    '',
    'Folder with rules.txt, privacy.txt and contact.txt, which are served below /pages/ and linked on the page. Files that are added later count after a restart.',
  ),
  SECURITY_CONTACT: setting(
    parse.contact,
    '',
    'Where to report weaknesses, such as mailto:security@example.org; served as /.well-known/security.txt.',
  ),
  CORS_ORIGINS: setting(parse.list, '*', 'Origins whose pages may call the API, separated by commas; * allows all.'),
  RATE_LIMIT: setting(
    parse.switch,
    'on',
    'Enforce the nine limits below, and the limits of concurrent requests per address.',
  ),
  GIFTS_PER_MINUTE: setting(parse.count, '3000', 'Maximum gifts per minute and address.'),
  DAILY_GIFTS: setting(
    parse.count,
    '10',
    'Gifts per day and address, giver or foreign page that are exchanged with all others. Further gifts, and files that were given before, are exchanged among themselves; see docs/safety.md.',
  ),
  DRAWS_PER_MINUTE: setting(parse.count, '6000', 'Maximum draws per minute and address.'),
  FREE_DRAWS_PER_HOUR: setting(
    parse.count,
    '60',
    'Maximum draws without a ticket per hour and address, and one more for each gift without a ticket.',
  ),
  BYTES_PER_MINUTE: setting(parse.someSize, '100GiB', 'Maximum bytes given per minute and address.'),
  REPLIES_PER_MINUTE: setting(parse.count, '600', 'Maximum thanks and reports per minute and address.'),
  ROOMS_PER_HOUR: setting(parse.count, '60', 'Maximum new rooms per hour and address.'),
  ROOM_CODES_PER_MINUTE: setting(parse.count, '60', 'Maximum wrong codes of rooms per minute and address.'),
  ORIGIN_CHANGES_PER_MINUTE: setting(
    parse.count,
    '60',
    'Maximum gifts, draws and other changes per minute by all visitors of one foreign page; origins named in CORS_ORIGINS are not limited.',
  ),
  MIN_SPEED: setting(
    parse.size,
    '4KiB',
    'Minimum speed of a transfer in bytes per second; slower transfers are ended.',
  ),
  IDLE_TIMEOUT: setting(parse.duration, '30s', 'How long a connection may be silent in the middle of a request.'),
  MAX_CONNECTIONS: setting(parse.count, '8192', 'Maximum open connections in total.'),
  MAX_CONNECTIONS_PER_ADDRESS: setting(parse.count, '128', 'Maximum open connections per address.'),
  ACCOUNTS: setting(
    parse.oneOf('off', 'optional', 'required'),
    'off',
    'Accounts: none (off), offered (optional), or needed to give and to draw without a ticket (required). Needs BASE_URL with https.',
  ),
  SIGN_INS_PER_MINUTE: setting(
    parse.count,
    '30',
    'Maximum attempts to sign in, to make an account and to change how it is opened, per minute and address.',
  ),
  SESSION_TTL: setting(parse.duration, '30d', 'How long a browser stays signed in after its last visit.'),
  HISTORY_TTL: setting(parse.duration, '365d', 'How long the history of an account keeps an exchange.'),
  SMTP_URL: secret(
    parse.mailServer,
    '',
    'Mail server for links to sign in, such as smtps://user:password@mail.example.org. Empty offers no e-mail.',
  ),
  MAIL_FROM: setting(parse.text, '', 'Sender of mails, such as Exchange <exchange@example.org>; needed with SMTP_URL.'),
  OIDC_ISSUER: setting(
    parse.text,
    '',
    'Issuer of an OpenID Connect provider to sign in with, such as https://login.example.org. Its client must return to BASE_URL followed by api/account/callback/openid.',
  ),
  OIDC_CLIENT_ID: setting(parse.text, '', 'Client ID at the OpenID provider.'),
  OIDC_CLIENT_SECRET: secret(parse.text, '', 'Client secret at the OpenID provider.'),
  OIDC_NAME: setting(parse.text, 'OpenID', 'Name of the OpenID provider on the page.'),
  ADMIN_TOKEN: secret(
    parse.token,
    '',
    'Bearer token for the desk over HTTP (/api/admin), such as the output of: openssl rand -base64 24. Empty switches it off.',
  ),
  METRICS: setting(parse.switch, 'off', 'Enable GET /metrics for Prometheus; see METRICS_TOKEN.'),
  METRICS_TOKEN: secret(
    parse.text,
    '',
    'Bearer token for GET /metrics. Empty allows only direct requests from this machine.',
  ),
  LOG_LEVEL: setting(
    parse.oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    'info',
    'Minimum level of logged messages.',
  ),
} as const;

type Settings = typeof settings;
export type SettingName = keyof Settings;
export type Config = { readonly [Name in SettingName]: ReturnType<Settings[Name]['parse']> };
