/** The first version, on its development server and on gunicorn. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installDebian } from '../../test/setup/packages.ts';
import { freePort } from '../../test/setup/ports.ts';
import { postForm, request } from '../load/request-plan.ts';
import { freshFolder } from '../tools/fresh-folders.ts';
import { launch, type Peer, type PeerProcess } from './peer.ts';

const app = join(import.meta.dirname, 'first-version');
/** Debian's own Python, which finds Debian's packages; another may come first on the path. */
const python = '/usr/bin/python3';

const run = promisify(execFile);

async function missing(): Promise<string | undefined> {
  const isHere = () => run(python, ['-c', 'import flask, flask_cors, gunicorn']);
  const packages = ['python3-flask', 'python3-flask-cors', 'gunicorn'];
  return isHere().then(
    () => undefined,
    () => installDebian(packages),
  );
}

async function versions(): Promise<string> {
  const ask = `import platform, flask, werkzeug, gunicorn as g
print(f"Flask {flask.__version__}, Werkzeug {werkzeug.__version__}, gunicorn {g.__version__}, Python {platform.python_version()}")`;
  return (await run(python, ['-c', ask])).stdout.trim();
}

export const flask: Peer = {
  id: 'flask',
  name: 'first version',
  missing,
  versions,
  start: (folder) => startFlask(folder, (port) => ['app.py', String(port)]),
};

export const gunicorn: Peer = {
  id: 'gunicorn',
  name: 'first version on gunicorn',
  missing,
  start: (folder) =>
    startFlask(folder, (port) => ['-m', 'gunicorn', '-w', '2', '--threads', '4', '-b', `127.0.0.1:${port}`, 'app:app']),
};

async function startFlask(folder: string, args: (port: number) => readonly string[]): Promise<PeerProcess> {
  const port = await freePort();
  const [files, copies] = [join(folder, 'files'), join(folder, 'copies')];
  for (const one of [files, copies]) await freshFolder(one);
  const env = { POOL: files, TMPDIR: copies, PYTHONDONTWRITEBYTECODE: '1' };
  const { pid, stop } = await launch(port, [python, ...args(port)], app, env);
  return {
    port,
    pid,
    stop,
    upload: (size) => postForm('/api/upload', size),
    download: {
      mode: 'takes',
      step: (size) => ({ ...request('GET /api/download'), responseSize: size }),
      place: async (count, size) => placeFiles(files, count, size),
    },
    // Deletes its files one by one, as its draws do.
    clear: async () => {
      for (const name of await readdir(files)) await unlink(join(files, name));
    },
  };
}

function placeFiles(folder: string, count: number, size: number): void {
  const bytes = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz\n');
  for (let n = 0; n < count; n++) {
    bytes.write(String(n).padStart(12, '0'));
    writeFileSync(join(folder, `${randomUUID().replaceAll('-', '')}_${n}.txt`), bytes);
  }
}
