/**
 * nginx as a file server (WebDAV PUT, static GET with sendfile): the speed of the machine without any promises.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findNginx } from '../../test/setup/nginx.ts';
import { freePort } from '../../test/setup/ports.ts';
import { numberMark, plainBody, request } from '../load/request-plan.ts';
import { freshFolder } from '../tools/fresh-folders.ts';
import { emptyFolder, launch, type Peer, type PeerProcess } from './peer.ts';

const run = promisify(execFile);

/** Searched once. A fetched nginx is removed at the end. */
let found: ReturnType<typeof findNginx> | undefined;

async function find() {
  found ??= findNginx();
  return found;
}

export async function removeNginx(): Promise<void> {
  const there = await found;
  if (there && 'remove' in there) await there.remove();
}

export const nginx: Peer = {
  id: 'nginx',
  name: 'nginx',
  missing: async () => {
    const there = await find();
    return 'reason' in there ? there.reason : undefined;
  },
  versions: async () => {
    const there = await find();
    if ('reason' in there) return there.reason;
    const { stderr } = await run(there.program, ['-v']);
    return `nginx ${/nginx\/([\d.]+)/.exec(stderr)?.[1]}`;
  },
  start: startNginx,
};

const path = `/${numberMark}.txt`;

async function startNginx(folder: string): Promise<PeerProcess> {
  const there = await find();
  if ('reason' in there) throw new Error(there.reason);
  const port = await freePort();
  const files = join(folder, 'files');
  await freshFolder(files);
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port));
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log'];
  const { pid, stop } = await launch(port, [there.program, ...args], folder);
  return {
    port,
    pid,
    stop,
    upload: (size) => request(`PUT ${path}`, [], plainBody(size)),
    download: {
      mode: 'names',
      step: (size) => ({ ...request(`GET ${path}`), responseSize: size }),
    },
    clear: () => emptyFolder(files),
  };
}

/** Debian's own settings without the log. Uploads are buffered on the disk of their destination. */
function configuration(folder: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n  ');
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes auto;
pid ${join(folder, 'pid')};
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  access_log off;
  default_type application/octet-stream;
  client_max_body_size 64m;
  ${temporary}
  server {
    listen 127.0.0.1:${port};
    root ${join(folder, 'files')};
    dav_methods PUT;
  }
}
`;
}
