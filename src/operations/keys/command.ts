/** `rfx keys`: makes, shows and changes the keys of encryption at rest. */
import { randomBytes } from 'node:crypto';
import { ConfigError, readConfig } from '../../config/load-settings.ts';
import type { Config } from '../../config/settings.ts';
import { isKey } from '../../vault/keys.ts';
import { CommandError } from '../command-arguments.ts';
import { openReports, readGift } from './decrypt.ts';
import { encryptExisting } from './encrypt.ts';
import { rotate } from './rotate.ts';
import { describeStatus, readStatus } from './status.ts';
import { withTarget, withVault } from './target.ts';

const keysHelp = `Keys of encryption at rest (ENCRYPTION_KEYS).

Usage: rfx keys VERB [--setting value …]

  new ID    Prints a new key under a name of yours, in the form of ENCRYPTION_KEYS. Stores it nowhere.
  status    Says what is encrypted under which key, and what is not.
  rotate    Seals everything anew under the first key, and forgets the keys that nothing is under any more. Reads no file.
  reports   Prints all reports with their names and notes in the clear, one JSON object a line.
  read KEY  Writes the bytes of the gift with this key to standard output, decrypted.
  encrypt   Encrypts files, names and notes from before there were keys. Needs room for one file more.

The settings name the exchange, as for rfx without a verb. The service may run meanwhile; whatever is interrupted can be repeated.
A new key goes in front of the others, in every process: restart them, then rotate, and take the old key away when rotate says so.
Exit codes: 0 when all is done, 1 when something is left, 2 when it was not possible.
`;

const verbs: Readonly<Record<string, (config: Config) => Promise<number>>> = {
  status: showStatus,
  reports: showReports,
  rotate: runRotate,
  encrypt: runEncrypt,
};

/** Returns the exit code. */
export async function runKeys(argv: readonly string[]): Promise<number> {
  try {
    const [verb = '', ...rest] = argv;
    if (argv.includes('--help')) {
      print(keysHelp);
      return 0;
    }
    if (verb === 'new') return printNew(rest);
    if (verb === 'read') return await writeGift(rest);
    const run = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
    if (!run)
      throw new CommandError(
        `Say what to do: rfx keys new, status, rotate, encrypt, reports or read; rfx keys --help says more.`,
      );
    return await run(readConfig(rest));
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return 2;
  }
}

function printNew([id = '', ...rest]: readonly string[]): number {
  if (!/^[\w.-]{1,32}$/.test(id) || rest.length > 0)
    throw new CommandError(
      'Give the new key a name of up to 32 letters, digits, dots and dashes: rfx keys new 2027-01.',
    );
  print(`${id}:${randomBytes(32).toString('base64')}\n`);
  return 0;
}

async function showStatus(config: Config): Promise<number> {
  const status = await withTarget(config, false, readStatus);
  print(describeStatus(status));
  return status.unknown.length === 0 ? 0 : 1;
}

async function runRotate(config: Config): Promise<number> {
  const { rows, retired, left, closed } = await withTarget(config, true, rotate);
  print(`${rows} rows were sealed anew.\n`);
  for (const id of retired)
    print(`Nothing is under "${id}" any more: take it out of ENCRYPTION_KEYS, and destroy it.\n`);
  for (const id of left) print(`Something is still under "${id}": repeat this.\n`);
  if (closed > 0) print(`${closed} rows could not be opened; see what "rfx doctor" says.\n`);
  return left.length + closed === 0 ? 0 : 1;
}

async function runEncrypt(config: Config): Promise<number> {
  const { files, texts, waiting, damaged } = await withTarget(config, true, (target) =>
    withVault(config, target, (whole) => encryptExisting(whole, reportProgress)),
  );
  print(`${files} files were encrypted, and ${texts} names and notes.\n`);
  if (waiting > 0)
    print(`${waiting} files are on their way and stay as they are: repeat this when they have gone or are back.\n`);
  for (const key of damaged)
    print(`The bytes of ${key} are damaged or gone; see what "rfx doctor --read-data" says.\n`);
  return waiting + damaged.length === 0 ? 0 : 1;
}

function reportProgress(files: number): void {
  if (process.stderr.isTTY && files % 100 === 0) process.stderr.write(`\r${files} files are encrypted.`);
}

async function showReports(config: Config): Promise<number> {
  await withTarget(config, false, async (target) => {
    for await (const report of openReports(target)) print(`${JSON.stringify(report)}\n`);
  });
  return 0;
}

async function writeGift([key = '', ...rest]: readonly string[]): Promise<number> {
  if (!isKey(key)) throw new CommandError('Say which gift: rfx keys read KEY, with the 32 digits of its key.');
  const config = readConfig(rest);
  await withTarget(config, false, (target) =>
    withVault(config, target, async (whole) => {
      for await (const chunk of readGift(whole, key))
        await new Promise((resolve) => void process.stdout.write(Buffer.from(chunk), resolve));
    }),
  );
  return 0;
}

const print = (text: string) => void process.stdout.write(text);

/** The error as one sentence; the cause of a storage problem says more than its message. */
function sentenceOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (error instanceof CommandError || error instanceof ConfigError) return message;
  return `It cannot be done: ${cause instanceof Error && name === 'Problem' ? cause.message : message}.`;
}
