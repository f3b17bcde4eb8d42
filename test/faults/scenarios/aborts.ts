/** Clients abort uploads and downloads, with a reset or quietly, quickly or slowly. */
import { once as happens } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { headers, paths } from '../../../src/contract/api/paths.ts';
import type { SeededRandom } from '../../clients/seeded-random.ts';
import {
  type Action,
  allActions,
  claim,
  giveGift,
  idempotencyKeyOf,
  type NewGift,
  newGift,
} from '../client-actions.ts';
import { attemptUntilAnswered, type ClientState, type LabClient } from '../client-state.ts';
import { expectConnectionsClosed } from '../open-files.ts';
import { connectTo, downloadRaw } from '../raw-connection.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';
import { giftIdOf } from '../test-content.ts';

const settings = { IDLE_TIMEOUT: '3s' };

/** The service hangs up after IDLE_TIMEOUT and two seconds; a busy machine needs longer. In milliseconds. */
const hangUpMs = 20_000;

/** More bytes than the buffers of a connection hold: an abort hits the service in the middle. */
const maxGiftSize = 8_000_000;

async function run(lab: Lab): Promise<Remainder> {
  let aborted = 0;
  const counted =
    (action: Action): Action =>
    async (state, client) => {
      await action(state, client);
      aborted += 1;
    };
  const leaving = [abortUpload, abortUpload, abortDownload, abortDownload, abortFree];
  const breaking = [...leaving, giveUnheard, sendSlowly];
  const all = [...allActions, ...breaking.map(counted), ...breaking.map(counted)];
  return runUnderLoad(lab, { settings, maxGiftSize, actions: all }, async ({ service, workload, idleOpenFiles }) => {
    while (aborted < lab.points) await sleep(20);
    await workload.stop();
    await expectConnectionsClosed(lab, service.pid, idleOpenFiles);
  });
}

const leave = (socket: Socket, random: SeededRandom) =>
  random.chance(0.5) ? void socket.resetAndDestroy() : void socket.destroy();

/** The upload request of a gift, as a form. */
function form(gift: NewGift, { secret }: LabClient): Buffer {
  const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="${gift.name}"\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), gift.bytes, Buffer.from('\r\n--b--\r\n')]);
  const requestLine = `POST ${paths.exchange} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n`;
  const contentHeaders = `content-type: multipart/form-data; boundary=b\r\ncontent-length: ${body.length}\r\n`;
  const who = secret === undefined ? '' : `${headers.giver}: ${secret}\r\n`;
  const key = `${headers.idempotencyKey}: ${idempotencyKeyOf(gift)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(requestLine + contentHeaders + who + key), body]);
}

/** Aborts an upload anywhere up to its last byte. */
const abortUpload: Action = async (state, client) => {
  const bytes = form(newGift(state, client, state.maxGiftSize), client);
  const socket = await connectTo(state);
  socket.write(bytes.subarray(0, client.random.below(bytes.length)));
  await sleep(client.random.below(30));
  leave(socket, client.random);
};

/**
 * Uploads all of it without waiting for the answer, then gives it again with the same key. It must count once.
 */
const giveUnheard: Action = async (state, client) => {
  const gift = newGift(state, client);
  const socket = await connectTo(state);
  socket.write(form(gift, client));
  await sleep(client.random.below(30));
  leave(socket, client.random);
  await giveGift(state, client, gift, { asking: attemptUntilAnswered, before: 1 });
};

/** Sends 200 bytes now and then and never the last one; the service has to hang up. */
const sendSlowly: Action = async (state, client) => {
  const bytes = form(newGift(state, client, state.maxGiftSize), client);
  const socket = await connectTo(state);
  const over = happens(socket.resume(), 'close').catch(() => undefined);
  for (let at = 0; at < bytes.length - 1 && at < 2_000 && !socket.destroyed; at += 200) {
    socket.write(bytes.subarray(at, Math.min(at + 200, bytes.length - 1)));
    await sleep(100);
  }
  if (client.random.chance(0.5)) leave(socket, client.random);
  await Promise.race([over, sleep(hangUpMs)]);
  if (!socket.destroyed) state.complaints.push('somebody who sends nothing was never cut off');
  socket.destroy();
};

/** Draws with a ticket and aborts the download; the ticket is unused again. */
const abortDownload: Action = async (state, client) => {
  const claimed = await claim(state);
  if (!claimed) return;
  const { url, ticket } = claimed;
  if (!(await breakOff(state, client, url, ticket))) state.tickets.add(ticket);
};

/** Draws freely and aborts the download. */
const abortFree: Action = async (state, client) => {
  await breakOff(state, client, paths.download, null);
};

/** Requests a gift and aborts after some bytes. Returns whether all of it had come. */
async function breakOff(
  state: ClientState,
  { random }: LabClient,
  path: string,
  ticket: string | null,
): Promise<boolean> {
  const since = Date.now();
  const enough = random.pick([0, random.below(1_500), random.below(state.maxGiftSize)]);
  const { socket, bytes, url } = await downloadRaw(state, path, enough);
  if (!bytes) {
    // Some disconnect at once, others while the gift is on its way. A client that has begun to read would receive more
    // meanwhile.
    if (enough === 0 && random.chance(0.5)) await sleep(random.below(10));
    leave(socket, random);
    return false;
  }
  // A reset would tell the service that the gift did not arrive.
  socket.destroy();
  state.history.note({ action: 'arrived', since, id: giftIdOf(bytes) ?? null, url, ticket });
  return true;
}

export const aborts: Scenario = {
  name: 'aborts',
  summary: 'Clients abort transfers, stop sending, or disconnect after an upload and give it again.',
  unit: 'aborts',
  points: { short: 100, usual: 500 },
  sites: ['embedded', 'servers'],
  run,
};
