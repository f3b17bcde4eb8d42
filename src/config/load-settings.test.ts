import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, configHelp, readConfig } from './load-settings.ts';
import { settings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'rfx-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const nowhere = join(folder, 'none.env');

describe('settings', () => {
  it('have working defaults', () => {
    expect(readConfig([], {}, nowhere)).toMatchObject({
      PORT: 8080,
      MAX_FILE_SIZE: 52_428_800,
      POOL_MAX_BYTES: Number.POSITIVE_INFINITY,
      LEASE: 600_000,
      TRUST_PROXY: [],
      CORS_ORIGINS: ['*'],
      RATE_LIMIT: true,
    });
  });

  it('prefer the command line to the environment, and the environment to the file', () => {
    const file = join(folder, 'some.env');
    writeFileSync(file, 'PORT=1\nHOST=from-file\nLEASE=1h\n');
    const config = readConfig(['--port', '3'], { PORT: '2', HOST: 'from-env' }, file);
    expect(config).toMatchObject({ PORT: 3, HOST: 'from-env', LEASE: 3_600_000 });
  });

  it.each([
    ['512KiB', 524_288],
    ['50MB', 52_428_800],
    ['1.5 GiB', 1_610_612_736],
    ['10', 10],
    ['7b', 7],
  ])('a size of %s is %d bytes', (text, bytes) => {
    expect(readConfig(['--max-file-size', text], {}, nowhere).MAX_FILE_SIZE).toBe(bytes);
  });

  it.each([
    [`a:${'A'.repeat(43)},a:${'B'.repeat(42)}A`, 'a list in which no id occurs twice'],
    [`a:${'A'.repeat(43)},b:${'A'.repeat(43)}=`, 'a list in which no key occurs twice, under whatever id'],
  ])('a list of keys is rejected without telling them', (text, expected) => {
    const read = () => readConfig([], { ENCRYPTION_KEYS: text }, nowhere);
    expect(read).toThrow(new ConfigError(`The setting ENCRYPTION_KEYS is malformed, but it must be ${expected}.`));
  });

  it.each([
    ['PORT', '70000', 'a port number from 0 to 65535'],
    ['PORT', '80a', 'a port number from 0 to 65535'],
    ['CLAMD_URL', 'http://127.0.0.1:3310', 'an address such as tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl'],
    ['CLAMD_URL', 'tcp://127.0.0.1', 'an address such as tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl'],
    ['SECURITY_CONTACT', 'a@b', 'an address such as mailto:security@example.org or https://example.org/security'],
    ['MAX_FILE_SIZE', 'big', 'a size such as 50MiB'],
    ['MAX_FILE_SIZE', '-1', 'a size such as 50MiB'],
    ['MAX_FILE_SIZE', '0', 'a size of at least 1 byte'],
    ['BYTES_PER_MINUTE', '0MiB', 'a size of at least 1 byte'],
    ['LEASE', '10', 'a time such as 90s, 15m or 30d'],
    ['LEASE', 'soon', 'a time such as 90s, 15m or 30d'],
    ['LEASE', '10 parsecs', 'a time such as 90s, 15m or 30d'],
    ['RATE_LIMIT', 'yes', 'on or off'],
    ['TRUST_PROXY', 'true', 'a list of addresses or CIDR ranges such as 10.0.0.0/8'],
    ['TRUST_PROXY', '1', 'a list of addresses or CIDR ranges such as 10.0.0.0/8'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['GIFTS_PER_MINUTE', '0', 'a whole number of at least 1'],
    ['DELIVERY', 'nginx', 'one of proxy, redirect, x-accel'],
    ['X_ACCEL_PREFIX', 'vault', 'a path such as /vault-internal/'],
    ['X_ACCEL_PREFIX', '/', 'a path such as /vault-internal/'],
    ['BASE_URL', 'exchange', 'an address such as https://example.org/exchange/'],
    ['BASE_URL', '/exchange/', 'an address such as https://example.org/exchange/'],
    ['BASE_URL', 'ftp://example.org/', 'an address such as https://example.org/exchange/'],
    ['BASE_URL', 'https://example.org/?a=b', 'an address such as https://example.org/exchange/'],
    ['BASE_URL', 'https://me:secret@example.org/', 'an address such as https://example.org/exchange/'],
    ['BASE_URL', 'https://example.org/a b/', 'an address such as https://example.org/exchange/'],
    ['BASE_URL', 'https://example.org/a;Domain=b/', 'an address such as https://example.org/exchange/'],
    ['BASE_URL', 'https://example.org//a/', 'an address such as https://example.org/exchange/'],
    ['S3_ENDPOINT', 's3.example.org', "a server's address such as https://s3.example.org"],
    ['S3_ENDPOINT', 'https://s3.example.org/bucket', "a server's address such as https://s3.example.org"],
  ])('%s=%s is rejected in one sentence', (name, value, must) => {
    expect(() => readConfig([], { [name]: value }, nowhere)).toThrow(
      new ConfigError(`The setting ${name} is "${value}", but it must be ${must}.`),
    );
  });

  it.each([
    ['', undefined],
    ['unix:///run/clamav/clamd.ctl', { path: '/run/clamav/clamd.ctl' }],
    ['tcp://clamd.example.org:3310', { host: 'clamd.example.org', port: 3310 }],
    ['tcp://[::1]:80', { host: '::1', port: 80 }],
  ])('clamd listens at %j', (text, address) => {
    expect(readConfig([], { CLAMD_URL: text }, nowhere).CLAMD_URL).toEqual(address);
  });

  it.each(['ftp://example.org/', 'nowhere', 'https://user:word@example.org/'])(
    'a hook at %s is rejected without telling it',
    (text) => {
      const read = () => readConfig([], { INSPECT_URL: text }, nowhere);
      expect(read).toThrow('it must be an address such as https://check.example.org/gifts?token=secret');
      expect(read).not.toThrow(text);
    },
  );

  it.each([
    ['', undefined, ''],
    ['https://example.org', 'https://example.org', ''],
    ['https://example.org/', 'https://example.org', ''],
    ['https://example.org/exchange', 'https://example.org', '/exchange'],
    ['http://EXAMPLE.org:8443/some/Exchange-2/', 'http://example.org:8443', '/some/Exchange-2'],
  ])('an address of %s has the origin %s and the path "%s"', (text, origin, path) => {
    expect(readConfig([], { BASE_URL: text }, nowhere).BASE_URL).toEqual({ origin, path });
  });

  it('that are unknown are rejected with a suggestion', () => {
    const file = join(folder, 'bad.env');
    writeFileSync(file, 'MAX_SIZE=1\n');
    expect(() => readConfig(['--prot', '1'], {}, nowhere)).toThrow('Unknown setting --prot (did you mean --port?)');
    expect(() => readConfig([], {}, file)).toThrow(`Unknown setting MAX_SIZE in ${file}`);
    expect(() => readConfig(['stray'], {}, nowhere)).toThrow(ConfigError);
    expect(() => readConfig(['--port'], {}, nowhere)).toThrow(ConfigError);
  });

  it('that another program may mean are warned of in the environment', () => {
    const warnings: string[] = [];
    const env = { MAX_FILESIZE: '1', LOGLEVEL: 'loud' };
    const config = readConfig([], env, nowhere, (sentence) => warnings.push(sentence));
    expect(config).toMatchObject({ MAX_FILE_SIZE: 52_428_800, LOG_LEVEL: 'info' });
    expect(warnings).toEqual([
      'Ignored MAX_FILESIZE in the environment (did you mean MAX_FILE_SIZE?).',
      'Ignored LOGLEVEL in the environment (did you mean LOG_LEVEL?).',
    ]);
  });

  it('may begin with a byte order mark', () => {
    const [file, secret] = [join(folder, 'marked.env'), join(folder, 'marked-secret')];
    writeFileSync(file, '\uFEFFPORT=8081\r\n');
    writeFileSync(secret, '\uFEFFtoken\r\n');
    expect(readConfig([], { METRICS_TOKEN_FILE: secret, METRICS: 'on' }, file)).toMatchObject({
      PORT: 8081,
      METRICS_TOKEN: 'token',
    });
  });

  it('ignore unrelated environment variables', () => {
    expect(() => readConfig([], { HOSTNAME: 'x', PORTS: '1', LEASES: 'y', PATH: '/' }, nowhere)).not.toThrow();
  });

  it('that are secret can be read from files', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, 'from the file\n');
    const key = { S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'id' };
    const readWith = (more: object) => readConfig([], { ...key, ...more }, nowhere);
    expect(readWith({ S3_SECRET_ACCESS_KEY_FILE: file }).S3_SECRET_ACCESS_KEY).toBe('from the file');
    expect(() => readWith({ S3_SECRET_ACCESS_KEY_FILE: file, S3_SECRET_ACCESS_KEY: 'other' })).toThrow(
      'Both S3_SECRET_ACCESS_KEY and S3_SECRET_ACCESS_KEY_FILE are set; take one of them away.',
    );
    expect(() => readWith({ S3_SECRET_ACCESS_KEY_FILE: nowhere })).toThrow(
      `The file "${nowhere}" that S3_SECRET_ACCESS_KEY_FILE names cannot be read.`,
    );
  });

  it.each([
    [{ S3_ENDPOINT: 'https://s3.example.org' }, 'S3_BUCKET is not set, but other settings of S3'],
    [{ S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'id' }, 'only one is set; set both or none'],
    [{ S3_BUCKET: 'b', S3_SECRET_ACCESS_KEY: 'secret' }, 'only one is set; set both or none'],
  ])('of an incomplete bucket (%j) are rejected', (env, sentence) => {
    expect(() => readConfig([], env, nowhere)).toThrow(sentence);
  });

  it.each([
    [{ DELIVERY: 'redirect' }, 'DELIVERY is redirect, but no S3_BUCKET is set to redirect to.'],
    [{ DELIVERY: 'x-accel', S3_BUCKET: 'b' }, 'nginx cannot send what lies in an S3_BUCKET.'],
    [{ S3_BUCKET: 'b', S3_PUBLIC_ENDPOINT: 'https://s3.example.org' }, 'only DELIVERY=redirect makes use of it.'],
  ])('of an impossible DELIVERY (%j) are rejected', (env, sentence) => {
    expect(() => readConfig([], env, nowhere)).toThrow(sentence);
  });

  it('of disabled metrics are rejected', () => {
    expect(() => readConfig([], { METRICS_TOKEN: 'open sesame' }, nowhere)).toThrow(
      'METRICS_TOKEN is set, but METRICS is off; switch it on.',
    );
    expect(readConfig([], { METRICS_TOKEN: 't', METRICS: 'on' }, nowhere).METRICS_TOKEN).toBe('t');
  });

  it.each([
    [{ ACCOUNTS: 'optional' }, 'ACCOUNTS is optional, but BASE_URL names no https address'],
    [{ ACCOUNTS: 'required', BASE_URL: 'http://example.org/' }, 'BASE_URL names no https address'],
    [{ ACCOUNTS: 'optional', BASE_URL: 'https://192.0.2.1/' }, 'BASE_URL names no https address'],
    [{ OIDC_CLIENT_ID: 'x' }, 'OIDC_CLIENT_ID is set, but ACCOUNTS is off; switch it on.'],
    [
      { ACCOUNTS: 'optional', BASE_URL: 'https://a.example/', MAIL_FROM: 'a@b.c' },
      'Of SMTP_URL and MAIL_FROM only one',
    ],
    [{ ACCOUNTS: 'optional', BASE_URL: 'https://a.example/', OIDC_ISSUER: 'https://b.example' }, 'not all are set'],
    [{ SMTP_URL: 'mail.example.org' }, 'an address such as smtps://user:password@mail.example.org'],
  ])('of impossible accounts (%j) are rejected', (env, sentence) => {
    expect(() => readConfig([], env, nowhere)).toThrow(sentence);
  });

  it('of accounts are accepted for https, and for a try', () => {
    for (const BASE_URL of ['https://example.org/exchange/', 'http://localhost:8080/'])
      expect(readConfig([], { ACCOUNTS: 'optional', BASE_URL }, nowhere).ACCOUNTS).toBe('optional');
  });

  it('are all listed in --help', () => {
    for (const name of Object.keys(settings)) {
      expect(configHelp()).toContain(`--${name.toLowerCase().replaceAll('_', '-')} `);
    }
  });
});
