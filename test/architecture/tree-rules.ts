/** Rules about the tree of `src/` as a whole: from its files to what is wrong with them, as sentences. */
import { posix } from 'node:path';
import { importsOf } from './rules.ts';
import { knownWords, sameVerbs } from './words.ts';

/** The text of each file by its path from the top of the repository. */
export type Tree = ReadonlyMap<string, string>;
export type TreeRule = (tree: Tree) => string[];

/**
 * The order inside each room: a place may import the places behind it, types included. Places are folders or files; places in one
 * entry stand side by side and do not import each other.
 */
const orders: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ledger: [
    ['create-ledger.ts'],
    ['sealed'],
    ['transfer'],
    ['desk'],
    ['verbs', 'maintenance', 'accounts'],
    ['transactions'],
    ['tiers', 'rooms'],
    ['matching'],
    ['stats'],
    ['coordination'],
    ['engine/postgres'],
    ['engine'],
    ['schema'],
    ['ledger.ts'],
    ['sealed-types.ts'],
    ['account-types.ts', 'room-types.ts'],
    ['desk-types.ts'],
    ['types.ts'],
    ['statement-types.ts'],
    ['limit-types.ts', 'seat-types.ts'],
  ],
  vault: [['small-files', 's3', 'encrypted'], ['disk'], ['integrity'], ['offload.ts'], ['vault.ts', 'keys.ts']],
  http: [
    ['server.ts'],
    ['routes.ts', 'account-routes.ts', 'desk-routes.ts'],
    ['optional-routes.ts'],
    ['metrics'],
    ['handlers'],
    ['response', 'limits'],
    ['request'],
    ['context.ts'],
    ['connection'],
  ],
  exchange: [
    ['maintenance'],
    ['ends.ts'],
    ['give.ts', 'draw.ts', 'offload.ts', 'complete.ts', 'withdraw.ts', 'report.ts', 'thank.ts'],
    ['deliver.ts'],
    ['arrival-journal.ts'],
    ['rounds'],
    ['desk', 'rooms'],
    ['secrets.ts', 'deadlines.ts', 'storage'],
    ['ports.ts'],
    ['rules.ts', 'events.ts', 'storage/reservations.ts'],
  ],
  web: [
    ['main.tsx', 'desk'],
    ['app.tsx'],
    ['after-choice'],
    ['give', 'draw', 'receive', 'batch'],
    ['history'],
    ['account'],
    ['feedback', 'preview', 'scene'],
    ['preview/image', 'preview/pdf', 'preview/archive', 'preview/markdown', 'preview/csv'],
    ['preview/text'],
    ['preview/viewer'],
    ['offline', 'pool'],
    ['ui', 'announcer.tsx'],
    ['transfer'],
    ['state'],
    ['files', 'i18n'],
    ['failures.ts', 'service-worker'],
    ['own-address.ts'],
  ],
  inspection: [
    ['inspect.ts', 'open-inspectors.ts'],
    ['arrival-name.ts', 'workers', 'scanners', 'blocklist.ts'],
    ['metadata'],
    ['archive'],
    ['types'],
    ['executables'],
    ['file-head.ts', 'file-name.ts', 'staged-file.ts'],
  ],
  contract: [
    ['account-client.ts', 'desk-client.ts', 'room-client.ts'],
    ['client.ts', 'csv.ts'],
    ['history-query.ts'],
    ['client', 'docs'],
    ['api'],
    ['problems'],
    ['vocabulary.ts'],
  ],
};

export const isProduct = (path: string): boolean =>
  /^src\/.*\.tsx?$/.test(path) && !/\.test\.tsx?$|\.d\.ts$|\/testing\//.test(path);

const productOf = (tree: Tree) => [...tree].filter(([path]) => isProduct(path));

/** The paths of the tree that a file imports. */
function importedBy(path: string, text: string): string[] {
  return importsOf(text)
    .filter(({ from }) => from.startsWith('.'))
    .map(({ from }) => posix.join(posix.dirname(path), from));
}

/** The room of a file, and the index of its place in the order of the room. */
function placeOf(path: string): { room: string; place: string; rank: number } | undefined {
  const [, room = '', ...rest] = path.split('/');
  const inside = rest.join('/');
  const all = (orders[room] ?? []).flatMap((places, rank) => places.map((place) => ({ room, place, rank })));
  const fits = all.filter(({ place }) => inside === place || inside.startsWith(`${place}/`));
  return fits.toSorted((a, b) => b.place.length - a.place.length)[0];
}

/** Inside a room imports go down: from a place to the places behind it. */
export const importsGoDown: TreeRule = (tree) =>
  productOf(tree).flatMap(([path, text]) => {
    const [, room = '', ...rest] = path.split('/');
    if (!(room in orders) || rest.length === 0) return [];
    const from = placeOf(path);
    if (!from) return [`${path} has no place in the order of its room`];
    return importedBy(path, text).flatMap((target) => {
      const to = placeOf(target);
      const isAllowed = !to || to.room !== room || to.place === from.place || to.rank > from.rank;
      return isAllowed ? [] : [`${path} (${from.place}) may not import ${to.place} (${target})`];
    });
  });

/** No file imports itself in a circle, types included. */
export const noCircles: TreeRule = (tree) => {
  const files = new Map(productOf(tree).map(([path, text]) => [path, importedBy(path, text)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const target of files.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  return found;
};

const maxFiles = 15;

/** A folder holds at most 15 product files. */
export const foldersStaySmall: TreeRule = (tree) =>
  [...Map.groupBy(productOf(tree), ([path]) => posix.dirname(path))]
    .filter(([, files]) => files.length > maxFiles)
    .map(([folder, files]) => `${folder} has ${files.length} files; ${maxFiles} are the most`);

/** Product code does not know suites, models and samples. */
export const testingStaysOut: TreeRule = (tree) =>
  productOf(tree).flatMap(([path, text]) =>
    importedBy(path, text)
      .filter((target) => /\/testing\/|^test\//.test(target))
      .map((target) => `${path} imports ${target}, which is for tests`),
  );

/** A file is named in words of the field or of the glossary. */
export const namesAreKnown: TreeRule = (tree) =>
  productOf(tree).flatMap(([path]) => {
    const name = posix.basename(path).replace(/\.(?:worker\.)?tsx?$/, '');
    return name
      .split('-')
      .filter((word) => !knownWords.has(word) && !/^\d+$/.test(word))
      .map((word) => `${path}: add "${word}" to words.ts if it is a term of the field`);
  });

/** The names that a file declares and exports. */
export function exportsOf(text: string): string[] {
  const declared =
    /^export (?:declare )?(?:async )?(?:function\*?|const|let|class|abstract class|interface|type|enum) (\w+)/gm;
  return [...text.matchAll(declared)].map(([, name = '']) => name);
}

/** An exported name has one meaning; verbs of the design mean the same in every room. */
export const namesMeanOneThing: TreeRule = (tree) => {
  const places = productOf(tree).flatMap(([path, text]) => exportsOf(text).map((name) => ({ name, path })));
  return [...Map.groupBy(places, ({ name }) => name)]
    .filter(([name, all]) => !sameVerbs.has(name) && new Set(all.map(({ path }) => path)).size > 1)
    .map(([name, all]) => `${name} is exported by ${all.map(({ path }) => path).join(' and ')}`);
};

/** Every export is imported by another file: of the program, its tests or its measurements. */
export const exportsAreUsed: TreeRule = (tree) => {
  const uses = new Map<string, Set<string>>();
  for (const [path, text] of tree) {
    for (const [, names = '', from = ''] of text.matchAll(
      /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'(\.[^']*)'/g,
    )) {
      const target = posix.join(posix.dirname(path), from);
      const used = uses.get(target) ?? new Set();
      for (const name of names.split(',')) used.add(originalName(name));
      uses.set(target, used);
    }
    // `const { name } = await import('…')`, and a module taken as a whole.
    for (const [, from = ''] of text.matchAll(/\bimport\(\s*'(\.[^']*)'\s*\)/g))
      addAll(uses, posix.join(posix.dirname(path), from), text);
    for (const [, from = ''] of text.matchAll(/\bimport \* as \w+ from '(\.[^']*)'/g))
      addAll(uses, posix.join(posix.dirname(path), from), text);
  }
  return productOf(tree).flatMap(([path, text]) =>
    exportsOf(text)
      .filter((name) => !uses.get(path)?.has(name))
      .map((name) => `${path} exports ${name}, which no file imports`),
  );
};

const originalName = (specifier: string) =>
  specifier
    .trim()
    .replace(/^type /, '')
    .split(' as ')[0] ?? '';

function addAll(uses: Map<string, Set<string>>, target: string, text: string): void {
  const used = uses.get(target) ?? new Set();
  for (const [word] of text.matchAll(/\w+/g)) used.add(word);
  uses.set(target, used);
}
