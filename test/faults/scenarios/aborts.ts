/** Clients who go away: in the middle of what they send or receive, with a reset or quietly, fast and slowly. */
import { once as happens } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { headers, paths } from '../../../src/contract/api/paths.ts';
import { type Act, acts, claim, type Gift, giveIt, keyOf, newGift } from '../client-actions.ts';
import { type Drawer, insist, type World } from '../client-state.ts';
import { connectionsSettle } from '../open-files.ts';
import { fetchOnLine, lineTo } from '../raw-connection.ts';
import { type Lab, type Left, play, type Scenario } from '../scenario-runner.ts';
import type { Dice } from '../seeded-random.ts';
import { idOf } from '../test-content.ts';

const settings = { IDLE_TIMEOUT: '3s' };

/** Then it has two seconds to read why; on a busy machine all of it takes longer. In milliseconds. */
const patience = 20_000;

/** In bytes: more than the buffers of a connection hold, so that who goes away leaves the service in the middle. */
const largest = 8_000_000;

async function run(lab: Lab): Promise<Left> {
  let aborted = 0;
  const counted =
    (act: Act): Act =>
    async (world, drawer) => {
      await act(world, drawer);
      aborted += 1;
    };
  const leaving = [abortUpload, abortUpload, abortDownload, abortDownload, abortFree];
  const breaking = [...leaving, giveUnheard, sendSlowly];
  const all = [...acts, ...breaking.map(counted), ...breaking.map(counted)];
  return play(lab, { settings, largest, acts: all }, async ({ service, crowd, idle }) => {
    while (aborted < lab.points) await sleep(20);
    await crowd.stop();
    await connectionsSettle(lab, service.pid, idle);
  });
}

const leave = (socket: Socket, dice: Dice) =>
  dice.chance(0.5) ? void socket.resetAndDestroy() : void socket.destroy();

/** The request that gives a gift, as a form. */
function form(gift: Gift, { secret }: Drawer): Buffer {
  const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="${gift.name}"\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), gift.bytes, Buffer.from('\r\n--b--\r\n')]);
  const asked = `POST ${paths.exchange} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n`;
  const said = `content-type: multipart/form-data; boundary=b\r\ncontent-length: ${body.length}\r\n`;
  const who = secret === undefined ? '' : `${headers.giver}: ${secret}\r\n`;
  const key = `${headers.idempotencyKey}: ${keyOf(gift)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(asked + said + who + key), body]);
}

/** Up to the very last byte. */
const abortUpload: Act = async (world, drawer) => {
  const bytes = form(newGift(world, drawer, world.largest), drawer);
  const socket = await lineTo(world);
  socket.write(bytes.subarray(0, drawer.dice.roll(bytes.length)));
  await sleep(drawer.dice.roll(30));
  leave(socket, drawer.dice);
};

/** All of it, without waiting for the answer; then gives the same again, which must not count twice. */
const giveUnheard: Act = async (world, drawer) => {
  const gift = newGift(world, drawer);
  const socket = await lineTo(world);
  socket.write(form(gift, drawer));
  await sleep(drawer.dice.roll(30));
  leave(socket, drawer.dice);
  await giveIt(world, drawer, gift, { asking: insist, before: 1 });
};

/** A piece now and then, and never the end; the service has to hang up. */
const sendSlowly: Act = async (world, drawer) => {
  const bytes = form(newGift(world, drawer, world.largest), drawer);
  const socket = await lineTo(world);
  const over = happens(socket.resume(), 'close').catch(() => undefined);
  for (let at = 0; at < bytes.length - 1 && at < 2_000 && !socket.destroyed; at += 200) {
    socket.write(bytes.subarray(at, Math.min(at + 200, bytes.length - 1)));
    await sleep(100);
  }
  if (drawer.dice.chance(0.5)) leave(socket, drawer.dice);
  await Promise.race([over, sleep(patience)]);
  if (!socket.destroyed) world.complaints.push('somebody who sends nothing was never cut off');
  socket.destroy();
};

/** Fetches with a ticket, and goes away; the ticket is there for somebody else. */
const abortDownload: Act = async (world, drawer) => {
  const claimed = await claim(world);
  if (!claimed) return;
  const { url, ticket } = claimed;
  if (!(await breakOff(world, drawer, url, ticket))) world.tickets.add(ticket);
};

/** Draws a free gift, and goes away; nobody has it then. */
const abortFree: Act = async (world, drawer) => {
  await breakOff(world, drawer, paths.download, null);
};

/** Asks and leaves after so many bytes; answers whether that was all of it. */
async function breakOff(
  world: World,
  { dice }: Drawer,
  path: string,
  ticket: string | null,
): Promise<boolean> {
  const since = Date.now();
  const enough = dice.one([0, dice.roll(1_500), dice.roll(world.largest)]);
  const { socket, bytes, url } = await fetchOnLine(world, path, enough);
  if (!bytes) {
    // Some go at once, or while their gift is on its way. Who has begun to read would get more meanwhile.
    if (enough === 0 && dice.chance(0.5)) await sleep(dice.roll(10));
    leave(socket, dice);
    return false;
  }
  // Who resets the connection says that it did not come.
  socket.destroy();
  world.history.note({ act: 'arrived', since, id: idOf(bytes) ?? null, url, ticket });
  return true;
}

export const aborts: Scenario = {
  name: 'aborts',
  about:
    'Clients go away in the middle, or never send on, or go when all is sent and give it again.',
  unit: 'aborts',
  points: { short: 100, usual: 500 },
  sites: ['embedded', 'servers'],
  run,
};
