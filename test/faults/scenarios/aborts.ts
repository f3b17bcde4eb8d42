/** Clients who go away: in the middle of what they send or receive, with a reset or quietly, fast and slowly. */
import { once as happens } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { paths } from '../../../src/contract/paths.ts';
import { type Act, acts } from '../acts.ts';
import { contentOf, idOf } from '../contents.ts';
import type { Dice } from '../dice.ts';
import { crowdAt, type Lab, type Left, type Scenario, withCompany } from '../lab.ts';
import { startOn } from '../site.ts';
import { clientOf, type Drawer, once, type World } from '../world.ts';
import { openFiles, settles } from './handles.ts';

async function run(lab: Lab): Promise<Left> {
  const { site, manner, complaints } = lab;
  const service = await startOn(site, manner, { GRACE: '1s', IDLE_TIMEOUT: '3s' });
  lab.atEnd(() => service.stop());
  const company = await withCompany(lab, service, { GRACE: '1s', IDLE_TIMEOUT: '3s' });
  const idle = openFiles(service.pid);
  let aborted = 0;
  const counted =
    (act: Act): Act =>
    async (world, drawer) => {
      await act(world, drawer);
      aborted += 1;
    };
  const breaking = [abortUpload, abortUpload, abortDownload, abortDownload, abortFree, sendSlowly];
  const crowd = crowdAt(lab, company.url, {
    largest: 300_000,
    acts: [...acts, ...breaking.map(counted), ...breaking.map(counted)],
  });
  while (aborted < lab.points) await sleep(20);
  await crowd.stop();
  complaints.push(...crowd.world.complaints);
  await settles(lab, service.pid, idle, 20);
  await company.leave();
  service.kill('SIGTERM');
  await service.ended();
  return { crowd: crowd.world };
}

async function lineTo(world: World): Promise<Socket> {
  const { hostname, port } = new URL(world.url());
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await Promise.race([happens(socket, 'connect'), happens(socket, 'close')]).catch(() => undefined);
  return socket;
}

const leave = (socket: Socket, dice: Dice) =>
  dice.chance(0.5) ? void socket.resetAndDestroy() : void socket.destroy();

/** A gift to send, and its form; the history knows that it may or may not be there. */
function form(world: World, { dice, name }: Drawer): Buffer {
  const id = `${name}-${++world.gifts}`;
  world.history.note({ act: 'gives', id, giver: id });
  const content = contentOf(id, 60 + dice.roll(world.largest));
  const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="${id}.txt"\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--b--\r\n')]);
  const asked = `POST ${paths.exchange} HTTP/1.1\r\nhost: x\r\naccept: application/json\r\n`;
  const said = `content-type: multipart/form-data; boundary=b\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(asked + said), body]);
}

/** Up to the very last byte. */
const abortUpload: Act = async (world, drawer) => {
  const bytes = form(world, drawer);
  const socket = await lineTo(world);
  socket.write(bytes.subarray(0, drawer.dice.roll(bytes.length)));
  await sleep(drawer.dice.roll(30));
  leave(socket, drawer.dice);
};

/** A piece now and then, and never the end; the service has to hang up. */
const sendSlowly: Act = async (world, drawer) => {
  const bytes = form(world, drawer);
  const socket = await lineTo(world);
  const over = happens(socket.resume(), 'close').catch(() => undefined);
  for (let at = 0; at < bytes.length - 1 && at < 2_000 && !socket.destroyed; at += 200) {
    socket.write(bytes.subarray(at, Math.min(at + 200, bytes.length - 1)));
    await sleep(100);
  }
  if (drawer.dice.chance(0.5)) leave(socket, drawer.dice);
  await Promise.race([over, sleep(8_000)]);
  if (!socket.destroyed) world.complaints.push('somebody who sends nothing was never cut off');
  socket.destroy();
};

/** Fetches with a ticket, and goes away; the ticket is there for somebody else. */
const abortDownload: Act = async (world, drawer) => {
  const [ticket] = world.tickets;
  if (ticket === undefined || !world.tickets.delete(ticket)) return;
  const outcome = await once(world, () => clientOf(world).draw(ticket));
  const delivery = 'answer' in outcome ? outcome.answer : undefined;
  if (!delivery) return void world.tickets.add(ticket);
  const isOver = await breakOff(world, drawer, delivery.url, ticket);
  if (!isOver) world.tickets.add(ticket);
};

/** Draws a free gift, and goes away; nobody has it then. */
const abortFree: Act = async (world, drawer) => {
  await breakOff(world, drawer, paths.download, null);
};

/** Asks and leaves after so many bytes; when that was all of it, the client has it. */
async function breakOff(
  world: World,
  { dice }: Drawer,
  path: string,
  ticket: string | null,
): Promise<boolean> {
  const since = Date.now();
  const socket = await lineTo(world);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  const enough = dice.chance(0.3) ? dice.roll(1_500) : dice.roll(world.largest);
  let answer = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), 5_000);
  try {
    for await (const chunk of enough > 0 ? socket.iterator({ destroyOnReturn: false }) : []) {
      answer = Buffer.concat([answer, chunk as Buffer]);
      if (isWhole(answer)) break;
      // What has come to this process has come: nobody could tell that it is not wanted.
      if (answer.length >= enough && socket.bytesRead < lengthOf(answer)) break;
    }
  } catch {
    // The service hung up.
  }
  clearTimeout(timer);
  const bytes = bodyOf(answer);
  if (!bytes) {
    leave(socket, dice);
    return false;
  }
  // Who resets the connection says that it did not come.
  socket.destroy();
  const url = /\r\ncontent-location: (\S+)/i.exec(answer.toString('latin1'))?.[1] ?? path;
  world.history.note({ act: 'arrived', since, id: idOf(bytes) ?? null, url, ticket });
  return true;
}

const isWhole = (answer: Buffer) => bodyOf(answer) !== undefined;

/** How long an answer is with its head, as far as that is known. */
function lengthOf(answer: Buffer): number {
  const end = answer.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.toString('latin1', 0, end))?.[1];
  return end < 0 || length === undefined ? Number.POSITIVE_INFINITY : end + 4 + Number(length);
}

/** The body of an answer 200 that is there to its last byte. */
function bodyOf(answer: Buffer): Buffer | undefined {
  const end = answer.indexOf('\r\n\r\n');
  const isGift = answer.toString('latin1', 0, 12) === 'HTTP/1.1 200';
  return isGift && answer.length === lengthOf(answer) ? answer.subarray(end + 4) : undefined;
}

export const aborts: Scenario = {
  name: 'aborts',
  about: 'Clients go away in the middle, with a reset or quietly, or never send on.',
  unit: 'aborts',
  points: { short: 100, usual: 500 },
  sites: ['embedded', 'servers'],
  run,
};
