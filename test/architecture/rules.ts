/**
 * The rules for single files, as functions from a file to its faults. A path is relative to the top of the
 * repository, with forward slashes; a fault is one sentence, without the path.
 */
import { posix } from 'node:path';

export type Rule = (path: string, text: string) => string[];

/** The rooms that a room may import by value, and those whose types it may import. */
interface Permit {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

const everything = ['*'];
const permits: Readonly<Record<string, Permit>> = {
  platform: { values: [], types: [] },
  contract: { values: [], types: [] },
  config: { values: [], types: [] },
  encryption: { values: ['platform'], types: [] },
  ledger: { values: ['contract', 'platform', 'encryption'], types: [] },
  vault: { values: ['contract', 'platform', 'encryption'], types: [] },
  inspection: { values: ['contract'], types: [] },
  exchange: { values: ['contract', 'platform'], types: ['ledger', 'vault', 'inspection'] },
  accounts: { values: ['contract', 'exchange', 'platform'], types: ['config', 'ledger'] },
  http: { values: ['contract', 'exchange', 'platform'], types: ['config', 'accounts'] },
  web: { values: ['contract'], types: everything },
  app: {
    values: [
      'platform',
      'contract',
      'config',
      'encryption',
      'ledger',
      'vault',
      'inspection',
      'exchange',
      'accounts',
      'http',
    ],
    types: ['cluster'],
  },
  cluster: { values: everything, types: everything },
  operations: { values: everything, types: everything },
  main: { values: everything, types: everything },
};

function roomOf(path: string): string {
  const [top, room, ...rest] = path.split('/');
  if (top !== 'src' || room === undefined) return 'outside src';
  if (path === 'src/main.ts' || path === 'src/command-line.ts') return 'main';
  return rest.length > 0 ? room : path;
}

const isTest = (path: string) => /\.test\.tsx?$|\/testing\//.test(path);
const isProduct = (path: string) => path.startsWith('src/') && /\.tsx?$/.test(path) && !isTest(path);

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

/** With `verbatimModuleSyntax`, only `import type` and `export type` vanish from the program. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const statements = code.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[\w$*{][^'"`;]*?\bfrom\s*)?(['"])(.+?)\2/gm);
  const calls = code.matchAll(/\b(?:import|require)\s*\(\s*(['"`])(.+?)\1/g);
  return [
    ...[...statements].map(([, type, , from = '']) => ({ from, typeOnly: type !== undefined })),
    ...[...calls].map(([, , from = '']) => ({ from, typeOnly: false })),
  ];
}

/** A room imports only from the rooms that `permits` lists. */
export const importsPermittedRooms: Rule = (path, text) => {
  if (!isProduct(path)) return [];
  const room = roomOf(path);
  const permit = permits[room];
  if (permit === undefined) return [`${room} is no room of the house`];
  return importsOf(text)
    .filter(({ from }) => from.startsWith('.'))
    .map((one) => ({ ...one, target: roomOf(posix.join(posix.dirname(path), one.from)) }))
    .filter(({ target, typeOnly }) => target !== room && !allows(permit, target, typeOnly))
    .map(({ from, typeOnly, target }) => {
      const what = typeOnly ? 'types' : 'values';
      return `${room} may not import ${what} of ${target} (${from})`;
    });
};

function allows({ values, types }: Permit, target: string, typeOnly: boolean) {
  const known = typeOnly ? [...values, ...types] : values;
  return known.includes('*') || known.includes(target);
}

/** The files outside the ledger that may use SQL: they open SQLite files or store small gifts in one. */
const sqlAllowed = ['src/platform/folder-lock.ts', 'src/platform/sqlite.ts', 'src/vault/small-files/sqlite-store.ts'];

/** SQL and the database packages stay in the ledger. */
export const sqlInLedgerOnly: Rule = (path, text) => {
  if (!isProduct(path) || roomOf(path) === 'ledger' || sqlAllowed.includes(path)) return [];
  const packages = /^(?:kysely|better-sqlite3|pg|pg-connection-string|node:sqlite)(?:\/|$)/;
  // One case throughout, so that a sentence such as "Select a file from your disk" is no SQL.
  const sql =
    /\bselect\b.*\bfrom\b|\binsert into\b|\bupdate\b.*\bset\b|\bdelete from\b|\bSELECT\b.*\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.*\bSET\b|\bDELETE FROM\b/s;
  return [
    ...foreignImports(text, packages).map((from) => `imports ${from}; SQL belongs to the ledger`),
    ...stringsOf(text)
      .filter((string) => sql.test(string))
      .map((string) => `holds SQL (${shorten(string)}); it belongs to the ledger`),
  ];
};

/** Files that read settings, the operator's lists and starter gifts, the package's version or the data folder, but no gift. */
const fileSystemAllowed = [
  'src/command-line.ts',
  'src/app/blocklist-file.ts',
  'src/app/create-app.ts',
  'src/app/data-folder.ts',
  'src/app/disk-reserve.ts',
  'src/app/operator-pages.ts',
  'src/config/load-settings.ts',
  'src/operations/backup/backup.ts',
  'src/operations/seed/command.ts',
  'src/platform/crash-journal.ts',
  'src/platform/create-folder.ts',
  'src/platform/database-file.ts',
  'src/platform/file-watch.ts',
  'src/platform/folder-lock.ts',
  'src/platform/log-target.ts',
  'src/platform/private-files.ts',
  'src/platform/sqlite.ts',
];

/** Only the vault accesses the file system. */
export const bytesInVaultOnly: Rule = (path, text) => {
  const isAllowed = roomOf(path) === 'vault' || fileSystemAllowed.includes(path);
  if (!isProduct(path) || isAllowed) return [];
  return foreignImports(text, /^(?:node:)?fs(?:\/|$)/).map(
    (from) => `imports ${from}; bytes at rest belong to the vault`,
  );
};

/** Only `config/` reads environment variables. */
export const environmentInConfigOnly: Rule = (path, text) => {
  if (!isProduct(path) || roomOf(path) === 'config') return [];
  const environment = /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[\s*['"]env|\bimport\.meta\.env\b/;
  const imported = /\benv\b[^;'"]*\bfrom\s*['"](?:node:)?process['"]|\benv\b[^;=]*=\s*process\b/;
  const code = withoutComments(text);
  return environment.test(code) || imported.test(code) ? ['reads the environment; settings belong to config/'] : [];
};

/** Only the contract and http use status codes, and the S3 client for S3's responses. */
export const statusCodesInHttpOnly: Rule = (path, text) => {
  const isAllowed = ['contract', 'http'].includes(roomOf(path)) || path === 'src/vault/s3/errors.ts';
  if (!isProduct(path) || isAllowed) return [];
  const status = /\bstatus(?:Code)?\s*(?:[:=(]|[=!]==?|[<>]=?)\s*[1-5]\d\d\b|\.code\(\s*[1-5]\d\d\b/i;
  return matchesOf(withoutComments(text), status).map(
    (found) => `holds a status code (${found}); it belongs to contract/ or http/`,
  );
};

/** A folder has no catch-all name. */
export const foldersHaveSpecificNames: Rule = (path) =>
  posix
    .dirname(path)
    .split('/')
    .filter((folder) => /^(?:utils?|helpers?|common|services?|managers?)$/i.test(folder))
    .map((folder) => `a folder called ${folder} says nothing`);

/** Unfinished work is an issue, not a mark in a file. */
export const noUnfinishedWork: Rule = (_path, text) =>
  matchesOf(text, new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`)).map(
    (mark) => `holds a ${mark}`,
  );

const maxLines = { product: 300, tests: 400 };

export const filesStaySmall: Rule = (path, text) => {
  const lines = text.split('\n').length - 1;
  const most = isProduct(path) ? maxLines.product : maxLines.tests;
  return path.startsWith('src/') && lines > most ? [`has ${lines} lines; ${most} are the most`] : [];
};

/** No file names a path or host of a development machine. The patterns are assembled, so that this file passes. */
export const noMachines: Rule = (_path, text) => {
  const folders = ['work', 'farm', 'root', 'home/[a-z]\\w*', 'Users/\\w+'].join('|');
  const hosts = ['regis' + 'try\\.[a-z]', 'npmj' + 's\\.(?:org|com)', 'farm' + '-'].join('|');
  const machine = new RegExp(`(?<![\\w.~/}-])/(?:${folders})/|(?<![\\w-])(?:${hosts})`);
  return matchesOf(text, machine).map((found) => `names a machine's path or a registry (${found})`);
};

/** A virus scanner would quarantine a file that contains the whole test virus. */
export const noTestVirus: Rule = (_path, text) => {
  const signs = [['X5O!P%', '@AP[4'].join(''), ['EICAR', 'STANDARD', 'ANTIVIRUS'].join('-')];
  return signs.some((sign) => text.includes(sign)) ? ['holds the test virus in one piece'] : [];
};

/** A lockfile pins packages by hash and names no registry. */
export const lockfilesNameNoHost: Rule = (path, text) =>
  posix.basename(path) === 'package-lock.json' && /"resolved":\s*"https?:/.test(text)
    ? ['names the hosts that packages came from']
    : [];

/** A comment, or a string of any kind; a regular expression's quotes end with their line. */
const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

const isComment = (piece: string) => piece.startsWith('//') || piece.startsWith('/*');

const withoutComments = (text: string) => text.replace(token, (piece) => (isComment(piece) ? ' ' : piece));

const stringsOf = (text: string) =>
  [...text.matchAll(token)].map(([piece]) => piece).filter((piece) => !isComment(piece));

const foreignImports = (text: string, packages: RegExp) =>
  importsOf(text)
    .filter(({ from, typeOnly }) => !typeOnly && packages.test(from))
    .map(({ from }) => from);

const matchesOf = (text: string, pattern: RegExp) =>
  [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(([found]) => found);

const shorten = (string: string) => string.replaceAll(/\s+/g, ' ').slice(0, 60);
