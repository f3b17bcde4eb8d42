/** Bearers stay away with their tickets, go without a word, or come back when their time is just over, while others take whatever is free. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Act, claim, drawFree, give, upload } from '../client-actions.ts';
import { clientOf, type Drawer, insist, isRefusal, type World } from '../client-state.ts';
import { fetchOnLine } from '../raw-connection.ts';
import { type Lab, type Left, play, type Scenario } from '../scenario-runner.ts';
import { idOf } from '../test-content.ts';

/** As `usual` has it, in milliseconds. */
const lease = 4_000;
/** How much sooner or later than its end somebody comes back at most. */
const about = 1_000;

/** How often somebody was told what they came for, or that it is too late. */
interface Told {
  yes: number;
  no: number;
}

async function run(lab: Lab): Promise<Left> {
  const late: Told = { yes: 0, no: 0 };
  const free: Told = { yes: 0, no: 0 };
  const hungry: Act = async (world, drawer) => {
    const got = await drawFree(world, drawer);
    free[got ? 'yes' : 'no'] += 1;
  };
  const leave: Act = async (world, drawer) => {
    const told = await fetchAndGo(world, drawer);
    if (told) late[told] += 1;
  };
  // Of what is given, most is owed to somebody, and all that is not is soon gone.
  const acts = [hungry, hungry, hungry, hungry, upload, give, give, leave, leave];
  const left = await play(lab, { largest: 100_000, acts, pause: 5 }, async () => {
    while (late.yes + late.no < lab.points) await sleep(20);
  });
  // Or it would prove nothing.
  if (late.yes === 0 || late.no === 0) lab.complaints.push('nobody came on both sides of the end');
  if (free.yes === 0 || free.no === 0)
    lab.complaints.push('free gifts were always there, or never');
  return left;
}

/**
 * Reads all of a gift and goes: quietly, then it has arrived; or with a reset, as somebody who does not have it. Of these some
 * come back about the end of the lease and say that they have it after all. What they are told is believed: when it is too
 * late, it may be somebody else's. Answers that, if anything was asked.
 */
async function fetchAndGo(world: World, { dice }: Drawer): Promise<keyof Told | undefined> {
  const claimed = await claim(world);
  if (!claimed) return undefined;
  const { url, ticket } = claimed;
  const since = Date.now();
  const { socket, bytes } = await fetchOnLine(world, url, Number.POSITIVE_INFINITY);
  const id = bytes ? (idOf(bytes) ?? null) : null;
  if (bytes && dice.chance(0.4)) {
    socket.destroy();
    world.history.note({ act: 'arrived', since, id, url, ticket });
    return undefined;
  }
  socket.resetAndDestroy();
  const isBack = bytes !== undefined && dice.chance(0.7);
  if (isBack) await sleep(lease - about + dice.roll(2 * about));
  if (isBack && (await isMine(world, url))) {
    world.history.note({ act: 'arrived', since, id, url, ticket });
    world.history.note({ act: 'received', url });
    return 'yes';
  }
  world.tickets.add(ticket);
  return isBack ? 'no' : undefined;
}

/** The service is there for as long as its clients are, so there will be an answer. */
async function isMine(world: World, url: string): Promise<boolean> {
  for (;;) {
    const outcome = await insist(world, () => clientOf(world).received({ url }));
    if ('answer' in outcome) return true;
    if (isRefusal(outcome.code)) return false;
  }
}

export const absent: Scenario = {
  name: 'absent',
  about:
    'Bearers stay away with their tickets, go without a word, or come back when their time is just over, while others take whatever is free.',
  unit: 'late words',
  points: { short: 20, usual: 100 },
  sites: ['embedded', 'servers'],
  run,
};
