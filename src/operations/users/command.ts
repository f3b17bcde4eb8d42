/** `rfx users`: lists accounts, changes their roles, signs them out, and deletes them. */
import { columnEquals } from '../../accounts/auth-conditions.ts';
import { realAddress } from '../../accounts/unused-address.ts';
import { readConfig } from '../../config/load-settings.ts';
import { accountRoles } from '../../contract/vocabulary.ts';
import type { AuthRow } from '../../ledger/account-types.ts';
import type { AccountLedger } from '../../ledger/ledger.ts';
import { CommandError, readArguments, shown } from '../command-arguments.ts';
import { withLedger } from '../target.ts';

const usersHelp = `Lists the accounts of an exchange, and changes them. The service may run meanwhile.

Usage: rfx users [--setting value …]                    Lists all accounts.
       rfx users role ACCOUNT ${accountRoles.join('|')}
       rfx users sign-out ACCOUNT                       Ends all sessions of an account.
       rfx users delete ACCOUNT --yes                   Deletes an account with its history; its gifts stay.

The settings name the exchange, as for rfx without a verb. ACCOUNT is an e-mail address or an ID.
`;

/** Returns the exit code: 0 when it is done, 2 when it was not possible. */
export async function runUsers(argv: readonly string[]): Promise<number> {
  try {
    const { own, words, settings } = readArguments(argv, flags);
    if (own.has('help')) {
      process.stdout.write(usersHelp);
      return 0;
    }
    const verb = verbOf(words, own.has('yes'));
    process.stdout.write(await withLedger(readConfig(settings), true, verb));
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
}

const flags = { yes: { type: 'boolean' }, help: { type: 'boolean' } } as const;

type Verb = (ledger: AccountLedger) => Promise<string>;

function verbOf([verb, account, value, ...more]: readonly string[], isSure: boolean): Verb {
  if (verb === undefined) return listAccounts;
  const isComplete = account !== undefined && more.length === 0 && (verb === 'role') === (value !== undefined);
  if (isComplete && verb === 'role') return (ledger) => setRole(ledger, account, value ?? '');
  if (isComplete && verb === 'sign-out') return (ledger) => signOut(ledger, account);
  if (isComplete && verb === 'delete') return (ledger) => deleteAccount(ledger, account, isSure);
  throw new CommandError(`That is no command of rfx users; rfx users --help lists them.`);
}

/** The account with this address or ID. Throws `CommandError`. */
async function findAccount(ledger: AccountLedger, account: string): Promise<AuthRow & { readonly id: string }> {
  const where = [columnEquals('email', account.toLowerCase()), columnEquals('id', account)].map((condition) => ({
    ...condition,
    connector: 'or' as const,
  }));
  const [found] = await ledger.findAuthRows('auth_user', { where, limit: 1 });
  if (!found) throw new CommandError(`There is no account "${account}"; rfx users lists them.`);
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
  return [id, address, shown(String(name)), role, since, sessions].join('\t');
}

async function setRole(ledger: AccountLedger, account: string, role: string): Promise<string> {
  if (!accountRoles.some((known) => known === role))
    throw new CommandError(`The role is "${role}", but it must be one of ${accountRoles.join(', ')}.`);
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
  if (!isSure) throw new CommandError(`Say --yes to delete the account ${id} with its passkeys and history for good.`);
  await ledger.removeAccount(id);
  return `The account ${id} is deleted. Its gifts stay.\n`;
}
