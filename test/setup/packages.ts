/** Programs of the system that tests need: looked for, and installed where that is possible. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Programs, and the Debian package of each. */
export type Programs = Readonly<Record<string, string>>;

/** Why they cannot be had, or undefined. Installs what is missing on a Debian, as root, and says so. */
export async function missingReason(programs: Programs): Promise<string | undefined> {
  const packages = missingPackages(programs);
  return packages.length === 0 ? undefined : installDebian(packages);
}

/** Installs packages of Debian, and says so; answers why that is impossible, or undefined. */
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

function missingPackages(programs: Programs): string[] {
  // Some are for root only, whose folders are not on everybody's path.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const isHere = (program: string) => folders.some((folder) => existsSync(join(folder, program)));
  const names = Object.entries(programs).filter(([program]) => !isHere(program));
  return [...new Set(names.map(([, name]) => name))];
}
