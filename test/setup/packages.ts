/** Finds system programs for tests, and installs them where possible. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Debian package by program. */
export type Programs = Readonly<Record<string, string>>;

/** Installs missing programs on Debian as root. Resolves with the reason if that is impossible. */
export async function missingReason(programs: Programs): Promise<string | undefined> {
  const packages = missingPackages(programs);
  return packages.length === 0 ? undefined : installDebian(packages);
}

/** Installs Debian packages. Resolves with the reason if that is impossible. */
export async function installDebian(packages: readonly string[]): Promise<string | undefined> {
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0)
    return `${packages.join(', ')} are not installed and cannot be (that takes Debian, as root)`;
  console.info(`Installing ${packages.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  const install = ['install', '-y', '--no-install-recommends', ...quiet, ...packages];
  try {
    await run('apt-get', ['update', ...quiet], { env });
    await run('apt-get', install, { env });
    return undefined;
  } catch (error) {
    return `installing failed (${(error as Error).message.split('\n')[0]})`;
  }
}

/** A folder with what a Debian package contains, and how to remove it. Installing the package could start its service. */
export async function unpackDebian(name: string): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  if (!existsSync('/etc/debian_version')) throw new Error(`only Debian can fetch ${name}`);
  const folder = await mkdtemp(join(tmpdir(), `rfx-${name}-package-`));
  const remove = () => rm(folder, { recursive: true });
  const download = () => run('apt-get', ['download', '-qq', name], { cwd: folder });
  try {
    await download().catch(async () => {
      await run('apt-get', ['update', '-qq', '-o', 'DPkg::Lock::Timeout=300']);
      await download();
    });
    const [archive = ''] = await readdir(folder);
    await run('dpkg-deb', ['-x', join(folder, archive), folder]);
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The path of a program; undefined if it is missing. */
export function findProgram(program: string): string | undefined {
  // Programs for root are in folders that may not be on the path.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

function missingPackages(programs: Programs): string[] {
  const names = Object.entries(programs).filter(([program]) => findProgram(program) === undefined);
  return [...new Set(names.map(([, name]) => name))];
}
