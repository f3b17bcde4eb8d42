/** The service that is fuzzed, and its invariants after each batch. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExchangeAnswer } from '../../src/contract/api/schemas.ts';
import { receive } from '../clients/receive.ts';
import { type HttpResponse, MalformedResponse } from '../clients/response-reader.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';
import { type ConnectionPlan, type Received, runConnection } from './connection.ts';
import { type Placeholder, placeholders } from './requests.ts';
import { faultOf, parseResponses } from './response-rules.ts';

/** The requests of one connection, sent without waiting for responses. */
export interface FuzzConnection extends Pick<ConnectionPlan, 'cuts' | 'leaves'> {
  readonly texts: readonly string[];
  /** The file that must be accepted, if the requests are one valid upload. */
  readonly file?: string;
}

export interface FuzzTarget {
  readonly app: TestApp;
  /** Error lines of the log since the last call. */
  errors(): string[];
}

/** Longer than all deadlines: leases, tickets, gifts and reports. In milliseconds. */
const allTerms = 7 * 60 * 60_000;

/** Opens an app with short deadlines whose errors are collected. */
export async function openFuzzTarget(): Promise<FuzzTarget> {
  let lines: string[] = [];
  const settings = {
    ...{ LOG_LEVEL: 'error', MAX_FILE_SIZE: '128KiB', IDLE_TIMEOUT: '2s' },
    ...{ GIFT_TTL: '1h', TICKET_TTL: '1h', HOLD: '10m', REPORT_HOLD: '1h', LEASE: '1m' },
  };
  const log = { write: (line: string) => void lines.push(line) };
  const app = await openTestApp(settings, { log });
  const errors = () => {
    const since = lines;
    lines = [];
    return since;
  };
  return { app, errors };
}

/** Sends a batch in parallel. Returns the faults of the responses and of the service afterwards. */
export async function tryBatch({ app, errors }: FuzzTarget, batch: readonly FuzzConnection[]) {
  const facts = await prepare(app);
  const faults: string[] = [];
  const outcomes = batch.map(async (connection) => {
    const text = connection.texts.map((one) => filledIn(one, facts)).join('');
    const received = await runConnection(app.port, {
      ...connection,
      text,
      answered: connection.file !== undefined,
    });
    faults.push(...faultsOf(connection, text, received));
  });
  for (const { status, ...outcome } of await Promise.allSettled(outcomes)) {
    if (status === 'rejected') faults.push(String((outcome as { reason: unknown }).reason));
  }
  faults.push(...(await faultsOfHouse(app)));
  faults.push(...errors().map((line) => `logged: ${line.slice(0, 2000)}`));
  return faults;
}

/** Secrets in every state, for the placeholders. */
async function prepare({ client, upload }: TestApp): Promise<Record<Placeholder, string>> {
  const give = () => client.give(fileOf('mine.txt', `mine ${randomUUID()}`));
  for (let i = 0; i < 4; i++) await upload('free.txt', `free ${randomUUID()}`);
  const [drawn, ticket, waiting, spent] = [await give(), await give(), await give(), await give()];
  const delivery = await client.draw(drawn.ticket);
  const done = await client.draw(spent.ticket);
  if (!delivery || !done) throw new Error('there was nothing to draw');
  await receive(() => client, done);
  return {
    ticket: ticket.ticket,
    waiting: waiting.ticket,
    spent: spent.ticket,
    giver: ticket.giver,
    delivery: delivery.url.split('/').at(-1) ?? '',
    etag: `"${delivery.sha256}"`,
  };
}

function filledIn(text: string, facts: Record<Placeholder, string>): string {
  return placeholders.reduce((filled, word) => filled.replaceAll(`{${word}}`, facts[word]), text);
}

function faultsOf({ file, leaves }: FuzzConnection, text: string, received: Received): string[] {
  try {
    const answers = parseResponses(received.came, text);
    const faults = answers.map(faultOf).filter((fault) => fault !== undefined);
    if (received.endedByService && answers.some(({ isCut }) => isCut)) faults.push('cut an answer short');
    if (file !== undefined && leaves === 'politely') faults.push(...untaken(answers[0], file));
    return faults;
  } catch (error) {
    // A client that leaves in the middle may read a part of a response.
    if (error instanceof MalformedResponse && leaves === 'rudely') return [];
    return [String(error)];
  }
}

/** Checks that a valid gift was stored to the byte. */
function untaken(answer: HttpResponse | undefined, file: string): string[] {
  const sha256 = createHash('sha256').update(file, 'latin1').digest('hex');
  if (answer === undefined) return ['no answer to a sound gift'];
  if (answer.status !== 200 && answer.status !== 201) return [`refused a sound gift: ${answer.status} ${answer.body}`];
  const said = JSON.parse(answer.body) as Partial<ExchangeAnswer> & { sha256?: string };
  const stored = said.gift?.sha256 ?? said.sha256;
  return stored === sha256 ? [] : [`stored something else than what was given: ${answer.body}`];
}

/** Checks that nothing is left over and nothing is lost, and that the app still works. */
async function faultsOfHouse(app: TestApp): Promise<string[]> {
  return [
    ...(await settled('transfers', async () => app.running.context.activeTransfers.size === 0)),
    ...(await settled('bytes that no row knows of, or rows without bytes', () => isEven(app))),
    ...(await settled('open files', async () => (await openFiles(app)).length === 0)),
    ...(await app.running.context.ledger.audit()).faults,
    ...(await faultsOfDraws(app)),
    ...(await faultsOfExchange(app)),
    ...(await faultsOfTime(app)),
  ];
}

/** Transfers may take a moment to end. */
async function settled(what: string, isSettled: () => Promise<boolean>): Promise<string[]> {
  const until = performance.now() + 8000;
  while (!(await isSettled())) {
    if (performance.now() > until) return [`left over: ${what}`];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return [];
}

/** Every file in the vault has a row, and every row a file. */
async function isEven({ running, blobs }: TestApp): Promise<boolean> {
  const stored = (await blobs()).map((path) => path.split('/').at(-1) ?? '');
  const rows: string[] = [];
  for await (const { shard } of running.context.vault.shards())
    rows.push(...(await running.context.ledger.keysOfShard(shard)).keys());
  return stored.sort().join() === rows.sort().join();
}

/** Open files of gifts. The bundle of small files stays open. */
async function openFiles({ folder }: TestApp): Promise<string[]> {
  const numbers = await readdir('/proc/self/fd').catch(() => []);
  const paths = await Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
  const folders = [join(folder, 'vault/gifts'), join(folder, 'vault/incoming')];
  return paths.filter((path) => folders.some((one) => path.startsWith(one)));
}

/** Draws all free gifts and compares each with its ETag. */
async function faultsOfDraws({ url }: TestApp): Promise<string[]> {
  for (;;) {
    const answer = await fetch(`${url}/api/download`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status === 404) return [];
    if (answer.status !== 200) return [`a draw was answered ${answer.status}: ${bytes}`];
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (answer.headers.get('etag') !== `"${sha256}"`) return ['drew something else than was given'];
  }
}

async function faultsOfExchange({ client }: TestApp): Promise<string[]> {
  const mine = `first ${randomUUID()}`;
  const { ticket } = await client.give(fileOf('first.txt', mine));
  await client.upload(fileOf('second.txt', `second ${randomUUID()}`));
  const delivery = await client.draw(ticket);
  if (!delivery) return ['an ordinary exchange came to nothing'];
  const text = await (await client.fetchDelivery(delivery)).text();
  return text === mine ? ['drew its own'] : [];
}

/** After all deadlines nothing may be left. */
async function faultsOfTime({ advanceTime, blobs, running }: TestApp): Promise<string[]> {
  for (let hours = 0; hours < 3; hours++) await advanceTime(allTerms);
  const { faults, gifts, tickets } = await running.context.ledger.audit();
  const living = [gifts.pooled, gifts.leased, tickets.open, tickets.waiting].map((n) => n ?? 0);
  const left = [...(await blobs()), ...living.filter((count) => count > 0)];
  return [...faults, ...(left.length > 0 ? [`left after all deadlines: ${left.join()}`] : [])];
}
