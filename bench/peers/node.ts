/**
 * The usual ways to build this on Node.js: a tus server, Fastify with its multipart plugin, and bare `node:http`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { numberMark, plainBody, postForm, request } from '../load/request-plan.ts';
import { emptyFolder, launchProgram, type Peer } from './peer.ts';

const nothingMissing = async () => undefined;

/** The versions of installed packages. */
const versionsOf =
  (...packages: readonly string[]) =>
  async (): Promise<string> => {
    const folder = join(import.meta.dirname, '../../node_modules');
    const texts = packages.map((name) => readFile(join(folder, name, 'package.json'), 'utf8'));
    const versions = (await Promise.all(texts)).map((text) => JSON.parse(text).version);
    return packages.map((name, index) => `${name} ${versions[index]}`).join(', ');
  };

export const tus: Peer = {
  id: 'tus',
  name: '@tus/server',
  missing: nothingMissing,
  versions: versionsOf('@tus/server', '@tus/file-store'),
  start: async (folder) => ({
    ...(await launchProgram('tus', folder)),
    upload: (size) =>
      request(
        'POST /files',
        [
          'Tus-Resumable: 1.0.0',
          `Upload-Length: ${size}`,
          `Upload-Name: ${numberMark}`,
          'Content-Type: application/offset+octet-stream',
        ],
        plainBody(size),
      ),
    download: {
      mode: 'names',
      step: (size) => ({ ...request(`GET /files/${numberMark}`), responseSize: size }),
    },
    clear: () => emptyFolder(join(folder, 'files')),
  }),
};

export const fastify: Peer = {
  id: 'fastify',
  name: 'Fastify + @fastify/multipart',
  missing: nothingMissing,
  versions: versionsOf('fastify', '@fastify/multipart'),
  start: async (folder) => ({
    ...(await launchProgram('fastify', folder)),
    upload: (size) => postForm('/upload', size),
    clear: () => emptyFolder(join(folder, 'files')),
  }),
};

export const bare: Peer = {
  id: 'bare',
  name: 'bare Node.js',
  missing: nothingMissing,
  start: async (folder) => ({
    ...(await launchProgram('bare', folder)),
    upload: (size) => request('POST /', ['Content-Type: text/plain'], plainBody(size)),
    download: {
      mode: 'names',
      step: (size) => ({ ...request(`GET /${size}`), responseSize: size }),
    },
  }),
};
