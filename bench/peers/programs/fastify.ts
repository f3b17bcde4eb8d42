/**
 * Fastify with @fastify/multipart writing to a folder, as its documentation shows: `fastify.ts PORT FOLDER`.
 */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import multipart from '@fastify/multipart';
import Fastify from 'fastify';

const [port, folder = ''] = process.argv.slice(2);

const app = Fastify();
await app.register(multipart, { limits: { fileSize: 52_428_800 } });
app.post('/upload', async (request, reply) => {
  const part = await request.file();
  if (!part) return reply.code(400).send({ error: 'no file' });
  const name = randomUUID();
  await pipeline(part.file, createWriteStream(join(folder, name)));
  return { success: true, filename: name, size: part.file.bytesRead };
});
await app.listen({ host: '127.0.0.1', port: Number(port) });
