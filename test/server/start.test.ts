/** Start and stop of the built program (R11). An error is one clear sentence and exit code 1. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { settings } from '../../src/config/settings.ts';
import { createClient } from '../../src/contract/client.ts';
import { openConnections } from '../clients/raw-connection.ts';
import { startSlowGift } from '../clients/transfers.ts';
import { startService } from '../setup/service.ts';
import { waitUntil } from '../setup/test-app.ts';

const program = join(import.meta.dirname, '../../dist/server/main.js');
const folder = mkdtempSync(join(tmpdir(), 'rfx-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program to its end in a folder of its own. */
const run = (args: string[], env: Record<string, string> = {}): SpawnSyncReturns<string> =>
  spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...env },
    encoding: 'utf8',
    timeout: 30_000,
  });

/** Expects one line on standard error, no stack, and exit code 1. */
function expectSentence({ status, stderr, stdout }: SpawnSyncReturns<string>, sentence: RegExp): void {
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/\bat .*\(|node:internal|Error:/);
}

describe('a failing start', () => {
  it.each([
    ['an unknown flag', ['--prot', '1'], {}, /^Unknown setting --prot \(did you mean --port\?\)/],
    ['a stray word', ['start'], {}, /--help/],
    [
      'a malformed setting',
      ['--max-file-size', 'huge'],
      {},
      /^The setting MAX_FILE_SIZE is "huge", but it must be a size such as 50MiB\.$/m,
    ],
    ['a malformed port', [], { PORT: '99999' }, /^The setting PORT is "99999"/],
    ['a proxy that is everybody', [], { TRUST_PROXY: 'true' }, /^The setting TRUST_PROXY is "true"/],
  ])('%s', (_what, args, env, sentence) => {
    expectSentence(run(args, env), sentence);
  });

  it('reports an unknown setting in .env', () => {
    writeFileSync(join(folder, '.env'), 'PORTT=1\n');
    expectSentence(run([]), /^Unknown setting PORTT in \.env \(did you mean PORT\?\)/);
    rmSync(join(folder, '.env'));
  });

  it('reports a data folder that cannot be written', () => {
    // A path below a file cannot be a folder, not even for root.
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expectSentence(run(['--data-dir', join(file, 'data')]), /^The data folder cannot be opened: ENOTDIR/);
  });

  it('reports a ledger that is no database', () => {
    writeFileSync(join(folder, 'ledger.db'), 'this is no database, but it is long enough to be read as one');
    expectSentence(run(['--data-dir', folder]), /^The ledger cannot be opened: /);
  });

  it('reports a vault that does not belong to the ledger, until it is adopted', async () => {
    const service = await startService();
    service.kill('SIGTERM');
    await service.exited();
    rmSync(join(service.dataDir, 'vault', 'id'));
    const there = ['--data-dir', service.dataDir];
    expectSentence(run(['--port', '0', ...there]), /^The vault cannot be used: .+ it has no id; /);
    const { status, stderr } = run(['adopt', ...there]);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/start as usual\.\n$/)]);
    await service.restart();
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    await service.stop();
  });

  it('reports a port in use and a data folder in use', async () => {
    const service = await startService();
    expectSentence(
      run(['--port', String(service.port), '--data-dir', join(folder, 'other')]),
      new RegExp(`^Port ${service.port} is in use; `),
    );
    expectSentence(
      run(['--port', '0', '--data-dir', service.dataDir]),
      /^Another process is running on the data folder/,
    );
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    await service.stop();
  });
});

it('says at its start where it listens, and where visitors reach it', async () => {
  const output: string[] = [];
  const onOutput = (said: string) => void output.push(said);
  const service = await startService({ BASE_URL: 'https://example.org/exchange/' }, { onOutput });
  await service.stop();
  const behind = 'for its visitors at https://example.org/exchange/';
  expect(output.join('')).toBe(`Random File Exchange is open at http://localhost:${service.port}, ${behind}\n`);
});

describe('--help', () => {
  it('prints every setting with its default, and exits with 0', () => {
    const { status, stdout, stderr } = run(['--help']);
    expect([status, stderr]).toEqual([0, '']);
    for (const [name, { description }] of Object.entries(settings)) {
      expect(stdout).toContain(`--${name.toLowerCase().replaceAll('_', '-')}`);
      expect(stdout).toContain(description);
    }
  });

  it.each(['adopt', 'admin', 'doctor', 'keys', 'move', 'users'])('of %s says how to use it', (verb) => {
    expect(run([verb, '--help'])).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('Usage:') });
  });
});

describe('a stop', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s lets what is under way end, waits for nobody else, and exits well',
    async (signal) => {
      const service = await startService();
      const lines = await openConnections(service.port, '', 'GET / HTTP/1.1\r\nhost: x\r\n');
      const endGift = await startSlowGift(service.url);
      service.kill(signal);
      await waitUntil(() => lines.every(({ closed }) => closed));
      expect(await endGift()).toBe(201);
      expect(await service.exited()).toEqual({ code: 0, signal: null });
      await service.stop();
    },
  );

  it('does not follow from a hangup without a terminal, as with nohup', async () => {
    const service = await startService();
    service.kill('SIGHUP');
    // Signals arrive in order: the second one finds the service running.
    const client = createClient(service.url);
    await client.give({ name: 'mine.txt', bytes: new Blob(['mine']) });
    service.kill('SIGTERM');
    expect(await service.exited()).toEqual({ code: 0, signal: null });
    await service.stop();
  });

  it('answers waiting requests at once', async () => {
    const service = await startService();
    const client = createClient(service.url);
    const { ticket } = await client.give({ name: 'mine.txt', bytes: new Blob(['mine']) });
    const drawn = client.draw(ticket, { wait: 60 });
    const events = await fetch(`${service.url}/api/pool/events`);
    let received = '';
    const ended = (async () => {
      for await (const text of events.body?.pipeThrough(new TextDecoderStream()) ?? []) received += text;
    })();
    await waitUntil(() => received.includes('event: stats'));
    await waitUntil(async () => (await client.ticket(ticket)).state === 'waiting');
    service.kill('SIGTERM');
    expect(await drawn).toBeUndefined();
    await ended;
    expect(await service.exited()).toEqual({ code: 0, signal: null });
    await service.stop();
  });

  it('does not wait for ever', async () => {
    const service = await startService({ IDLE_TIMEOUT: '10m' });
    const head = 'host: x\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: 1000';
    const asked = `POST /api/upload HTTP/1.1\r\n${head}\r\nexpect: 100-continue\r\n\r\n`;
    const [stuck] = (await openConnections(service.port, asked)) as [Socket];
    await once(stuck, 'data');
    service.kill('SIGTERM');
    expect(await service.exited()).toEqual({ code: 0, signal: null });
    stuck.destroy();
    await service.stop();
  });
});
