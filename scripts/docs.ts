/** Writes the generated files: the pages of the contract, the table of settings and `.env.example`. */
import { writeFile } from 'node:fs/promises';
import { settings } from '../src/config/settings.ts';
import { contractPages } from '../src/contract/docs/markdown.ts';

const entries = Object.entries(settings);

function settingsPage(): string {
  const items = entries.map(
    ([name, { default: fallback, description }]) =>
      `- \`${name}\`${fallback === '' ? '' : ` (\`${fallback}\`)`}: ${description}`,
  );
  return [
    '# Settings',
    'Generated from `src/config/settings.ts` by `npm run docs`. All settings are optional; defaults are in parentheses. The command line (`npm start -- --max-file-size 10MiB`) takes precedence over the environment (`MAX_FILE_SIZE=10MiB`), and the environment over a `.env` file in the working directory. Sizes and durations take units: `512KiB`, `50MiB`, `2GiB`; `90s`, `15m`, `12h`, `30d`. To read a secret from a file, append `_FILE` to its name (`S3_SECRET_ACCESS_KEY_FILE=…`). The service does not start with an unknown or malformed setting.',
    items.join('\n'),
    '',
  ].join('\n\n');
}

function envExample(): string {
  const blocks = entries.map(
    ([name, { default: fallback, description }]) => `# ${description}\n#${name}=${fallback}\n`,
  );
  return ['# Settings of Random File Exchange: copy to .env and uncomment those you change.', '', ...blocks].join('\n');
}

/** Content of each generated file, by its path from the root of the package. */
export const generated: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(contractPages).map(([name, text]) => [`docs/guide/${name}.md`, text])),
  'docs/guide/settings.md': settingsPage(),
  '.env.example': envExample(),
};

if (process.argv[1] !== undefined && import.meta.filename === process.argv[1]) {
  for (const [path, text] of Object.entries(generated)) await writeFile(path, text);
}
