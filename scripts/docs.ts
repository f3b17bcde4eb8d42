/** Writes the files that are made of the code: the contract's pages, the table of settings and `.env.example`. */
import { writeFile } from 'node:fs/promises';
import { settings } from '../src/config/settings.ts';
import { apiPage, problemsPage } from '../src/contract/docs/markdown.ts';

const entries = Object.entries(settings);

function settingsPage(): string {
  const rows = entries.map(
    ([name, { default: fallback, description }]) =>
      `| \`${name}\` | ${fallback === '' ? '' : `\`${fallback}\``} | ${description} |`,
  );
  return [
    '# Settings',
    'Made of `src/config/settings.ts` by `npm run docs`. Nothing is required. A setting comes from the command line (`npm start -- --max-file-size 10MiB`), else from the environment (`MAX_FILE_SIZE=10MiB`), else from a `.env` file in the working directory. Sizes and times take units: `512KiB`, `50MiB`, `2GiB`; `90s`, `15m`, `12h`, `30d`. A secret may also lie in a file, which the same name with `_FILE` behind it names (`S3_SECRET_ACCESS_KEY_FILE=…`). An unknown or malformed setting stops the start with one sentence.',
    ['| name | default | what it is |', '| --- | --- | --- |', ...rows].join('\n'),
    '',
  ].join('\n\n');
}

function envExample(): string {
  const blocks = entries.map(
    ([name, { default: fallback, description }]) => `# ${description}\n#${name}=${fallback}\n`,
  );
  return [
    '# Settings of Random File Exchange: copy to .env and take out the # of those you change.',
    '',
    ...blocks,
  ].join('\n');
}

/** Every generated file: its path from the package's folder, and what it should hold. */
export const generated: Readonly<Record<string, string>> = {
  'docs/api.md': apiPage(),
  'docs/problems.md': problemsPage(),
  'docs/settings.md': settingsPage(),
  '.env.example': envExample(),
};

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  for (const [path, text] of Object.entries(generated)) await writeFile(path, text);
}
