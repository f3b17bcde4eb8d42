/**
 * A real nginx with the configuration of docs/guide/nginx.md: the machine's own, or Debian's, unpacked for the run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram, unpackDebian } from './packages.ts';
import { freePort } from './ports.ts';
import { waitUntil } from './test-app.ts';

export interface Nginx {
  readonly url: string;
  /** The access log of the documented site. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** A program, and how to remove what was fetched for it. */
interface Found {
  readonly program: string;
  remove(): Promise<void>;
}

/**
 * Finds nginx, or returns the reason for its absence. Debian's package is only unpacked, as installing it would start
 * it.
 */
export async function findNginx(): Promise<Found | { readonly reason: string }> {
  const found = findProgram('nginx');
  if (found !== undefined) return { program: found, remove: async () => undefined };
  try {
    const { folder, remove } = await unpackDebian('nginx');
    return { program: join(folder, 'usr/sbin/nginx'), remove };
  } catch (error) {
    return { reason: `nginx could not be fetched (${(error as Error).message.split('\n')[0]})` };
  }
}

interface ExchangeBehind {
  readonly port: number;
  readonly gifts: string;
}

/** The smallest site that passes everything on, with the defaults of nginx. */
export const plainSite =
  'server { listen 80; client_max_body_size 0; location / { proxy_pass http://127.0.0.1:8080; } }';

/** Starts nginx in front of an exchange and of the files of its vault, with the documented site or another. */
export async function startNginx(program: string, exchange: ExchangeBehind, site?: string): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'rfx-nginx-'));
  const port = await freePort();
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port, exchange, site ?? (await documentedSite())));
  const args = ['-p', folder, '-c', 'nginx.conf', '-e', join(folder, 'error.log')];
  const nginx = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  await waitUntil(() => listens(nginx, port));
  return {
    url: `http://127.0.0.1:${port}`,
    log: () => readFile(join(folder, 'access.log'), 'utf8'),
    stop: async () => {
      const ended = once(nginx, 'exit');
      nginx.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** The documented site, with the documented location below a path in place of that of the root. */
export async function siteBelowPath(): Promise<string> {
  const page = await readFile(guide, 'utf8');
  const location = /```nginx\n( *location \/exchange\/ .*?)```/s.exec(page)?.[1] ?? '';
  if (location === '') throw new Error('docs/guide/nginx.md does not say location /exchange/');
  return (await documentedSite()).replace(/ *location \/ \{.*?\}\n/s, location);
}

const guide = join(import.meta.dirname, '../../docs/guide/nginx.md');

async function documentedSite(): Promise<string> {
  const page = await readFile(guide, 'utf8');
  const documented = /```nginx\n(.*?)```/s.exec(page)?.[1] ?? '';
  const missing = [
    '/var/lib/rfx/vault/gifts/',
    '/var/log/nginx/exchange.log',
    '/var/log/nginx/exchange-error.log',
  ].find((place) => !documented.includes(place));
  if (missing !== undefined) throw new Error(`docs/guide/nginx.md does not say ${missing}`);
  return documented;
}

/** A whole configuration, with the paths and ports of this run. */
function configuration(folder: string, port: number, exchange: ExchangeBehind, site: string): string {
  const here = site
    .replace('127.0.0.1:8080', `127.0.0.1:${exchange.port}`)
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('/var/lib/rfx/vault/gifts/', `${exchange.gifts}/`)
    .replace('/var/log/nginx/exchange.log', join(folder, 'access.log'))
    .replace('/var/log/nginx/exchange-error.log', join(folder, 'error.log'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n');
  // The surroundings of a site as in Debian's nginx.conf. Its workers must be able to read the vault.
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${join(folder, 'pid')};
events {}
http {
access_log off;
sendfile on;
${temporary}
${here}
}`;
}

async function listens(nginx: ChildProcess, port: number): Promise<boolean> {
  if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
  const socket = connect(port, '127.0.0.1');
  const answers = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answers;
}
