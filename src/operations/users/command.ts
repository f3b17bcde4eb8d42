/** `rfx users`: lists accounts, changes their roles, signs them out, and deletes them. */
import { parseArgs } from 'node:util';
import { columnEquals } from '../../accounts/auth-conditions.ts';
import { realAddress } from '../../accounts/unused-address.ts';
import { findLedger } from '../../app/create-storage.ts';
import { describePlace } from '../../app/vault-from-settings.ts';
import { readConfig } from '../../config/load-settings.ts';
import type { Config } from '../../config/settings.ts';
import { accountRoles } from '../../contract/vocabulary.ts';
import type { AuthRow } from '../../ledger/account-types.ts';
import type { AccountLedger, ExistingLedger } from '../../ledger/ledger.ts';

const usersHelp = `Lists the accounts of an exchange, and changes them. The service may run meanwhile.

Usage: rfx users [--setting value …]                    Lists all accounts.
       rfx users role ACCOUNT ${accountRoles.join('|')}
       rfx users sign-out ACCOUNT                       Ends all sessions of an account.
       rfx users delete ACCOUNT --yes                   Deletes an account with its history; its gifts stay.

The settings name the exchange, as for rfx without a verb. ACCOUNT is an e-mail address or an ID.
`;

/** A reason why the command cannot be carried out, as a sentence for the operator. */
class UsersError extends Error {
  override readonly name = 'UsersError';
}

/** Returns the exit code: 0 when it is done, 2 when it was not possible. */
export async function runUsers(argv: readonly string[]): Promise<number> {
  try {
    const { help, yes, words, settings } = readArguments(argv);
    if (help) {
      process.stdout.write(usersHelp);
      return 0;
    }
    const verb = verbOf(words, yes);
    const ledger = await openLedger(readConfig(settings));
    try {
      process.stdout.write(await verb(ledger));
    } finally {
      await ledger.close();
    }
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
}

const flags = { yes: { type: 'boolean' }, help: { type: 'boolean' } } as const;

/** Words before the first flag are the command's, and the rest are settings. */
function readArguments(argv: readonly string[]) {
  const { tokens } = parseArgs({ args: [...argv], options: flags, strict: false, tokens: true });
  const own = tokens.filter((token) => token.kind === 'option').filter(({ name }) => name in flags);
  const rest = argv.filter((_word, index) => !own.some((flag) => flag.index === index));
  const firstFlag = rest.findIndex((word) => word.startsWith('--'));
  const count = firstFlag === -1 ? rest.length : firstFlag;
  return {
    help: own.some(({ name }) => name === 'help'),
    yes: own.some(({ name }) => name === 'yes'),
    words: rest.slice(0, count),
    settings: rest.slice(count),
  };
}

type Verb = (ledger: AccountLedger) => Promise<string>;

function verbOf([verb, account, value, ...more]: readonly string[], isSure: boolean): Verb {
  if (verb === undefined) return listAccounts;
  const isComplete = account !== undefined && more.length === 0 && (verb === 'role') === (value !== undefined);
  if (isComplete && verb === 'role') return (ledger) => setRole(ledger, account, value ?? '');
  if (isComplete && verb === 'sign-out') return (ledger) => signOut(ledger, account);
  if (isComplete && verb === 'delete') return (ledger) => deleteAccount(ledger, account, isSure);
  throw new UsersError(`That is no command of rfx users; rfx users --help lists them.`);
}

/** Never creates a ledger. Throws `UsersError`. */
async function openLedger(config: Config): Promise<ExistingLedger> {
  const ledger = await findLedger(config, true);
  if (!ledger) throw new UsersError(`There is no exchange at ${describePlace(config)}; nothing was made there.`);
  return ledger;
}

/** The account with this address or ID. Throws `UsersError`. */
async function findAccount(ledger: AccountLedger, account: string): Promise<AuthRow & { readonly id: string }> {
  const where = [columnEquals('email', account.toLowerCase()), columnEquals('id', account)].map((condition) => ({
    ...condition,
    connector: 'or' as const,
  }));
  const [found] = await ledger.findAuthRows('auth_user', { where, limit: 1 });
  if (!found) throw new UsersError(`There is no account "${account}"; rfx users lists them.`);
  return found as AuthRow & { readonly id: string };
}

/** How many accounts one query reads. */
const page = 200;

async function listAccounts(ledger: AccountLedger): Promise<string> {
  const lines = ['id\temail\tname\trole\tsince\tsessions'];
  const order = { column: 'id', direction: 'asc' } as const;
  for (let offset = 0; ; offset += page) {
    const rows = await ledger.findAuthRows('auth_user', { where: [], order, limit: page, offset });
    for (const row of rows) lines.push(await describe(ledger, row));
    if (rows.length < page) return `${lines.join('\n')}\n`;
  }
}

async function describe(ledger: AccountLedger, { id, email, name, role, created_at }: AuthRow): Promise<string> {
  const sessions = await ledger.countAuthRows('auth_session', [columnEquals('user_id', String(id))]);
  const since = new Date(Number(created_at)).toISOString().slice(0, 10);
  const address = realAddress(String(email)) ?? '-';
  // A name may hold anything, also what moves the cursor of a terminal.
  const shown = String(name).replace(/\p{C}/gu, '?');
  return [id, address, shown, role, since, sessions].join('\t');
}

async function setRole(ledger: AccountLedger, account: string, role: string): Promise<string> {
  if (!accountRoles.some((known) => known === role))
    throw new UsersError(`The role is "${role}", but it must be one of ${accountRoles.join(', ')}.`);
  const { id } = await findAccount(ledger, account);
  await ledger.changeAuthRows('auth_user', [columnEquals('id', id)], { role, updated_at: Date.now() });
  return `The account ${id} is ${role} now.\n`;
}

async function signOut(ledger: AccountLedger, account: string): Promise<string> {
  const { id } = await findAccount(ledger, account);
  const ended = await ledger.removeAuthRows('auth_session', [columnEquals('user_id', id)]);
  return `${ended.length} sessions of the account ${id} are over.\n`;
}

async function deleteAccount(ledger: AccountLedger, account: string, isSure: boolean): Promise<string> {
  const { id } = await findAccount(ledger, account);
  if (!isSure) throw new UsersError(`Say --yes to delete the account ${id} with its passkeys and history for good.`);
  await ledger.removeAccount(id);
  return `The account ${id} is deleted. Its gifts stay.\n`;
}
