/** `rfx seed`: starter gifts take the path of every gift, and nothing is owed for them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { runCommand, type Service, startService } from '../setup/service.ts';

let folder: string;
let service: Service | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rfx-seed-'));
});
afterEach(async () => {
  await service?.stop();
  service = undefined;
  await rm(folder, { recursive: true, force: true });
});

const seed = (...words: string[]) =>
  runCommand(
    folder,
    { DATA_DIR: join(folder, 'data'), FREE_SPACE_FLOOR: '1MiB', GIFTS_PER_MINUTE: '5' },
    'seed',
    ...words,
  );

it('gives the files of a folder, refuses programs, and leaves out hidden files', async () => {
  const gifts = join(folder, 'gifts');
  await mkdir(join(gifts, 'inner'), { recursive: true });
  // More than an address may give in a minute.
  const names = Array.from({ length: 12 }, (_, number) => `letter ${number}.txt`);
  for (const name of names) await writeFile(join(gifts, 'inner', name), `This is ${name}.`);
  await writeFile(join(gifts, '.hidden'), 'hidden');
  await writeFile(join(gifts, 'run.sh'), '#!/bin/sh\nexit\n');
  const { code, out, err } = await seed('gifts');
  expect({ code, out }).toEqual({ code: 1, out: '12 of 13 files are in the pool.\n' });
  expect(err).toContain('run.sh: ');

  service = await startService({ DATA_DIR: join(folder, 'data') });
  const client = createClient(service.url);
  expect(await client.poolStats()).toMatchObject({ file_count: 12, free_count: 12, given_total: 12 });
  const busy = await seed('gifts');
  expect(busy.code).toBe(2);
  expect(busy.err).not.toBe('');
  expect(await client.poolStats()).toMatchObject({ given_total: 12 });
});

it('needs one folder', async () => {
  expect(await seed()).toMatchObject({ code: 2, out: '' });
  expect(await seed('nowhere')).toMatchObject({ code: 2, out: '' });
  expect((await seed('--help')).out).toContain('Usage: rfx seed FOLDER');
});
