/** Bearers stay away with their tickets, go without a word, or come back when their time is just over, while others take whatever is free. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Action, claim, drawFree, give, upload } from '../client-actions.ts';
import {
  apiClient,
  attemptUntilAnswered,
  type ClientState,
  isRefusal,
  type LabClient,
} from '../client-state.ts';
import { downloadRaw } from '../raw-connection.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';
import { giftIdOf } from '../test-content.ts';

/** As `usual` has it, in milliseconds. */
const lease = 4_000;
/** How much sooner or later than its end somebody comes back at most. */
const about = 1_000;

/** How often somebody was told what they came for, or that it is too late. */
interface Told {
  yes: number;
  no: number;
}

async function run(lab: Lab): Promise<Remainder> {
  const late: Told = { yes: 0, no: 0 };
  const free: Told = { yes: 0, no: 0 };
  const hungry: Action = async (state, client) => {
    const got = await drawFree(state, client);
    free[got ? 'yes' : 'no'] += 1;
  };
  const leave: Action = async (state, client) => {
    const told = await fetchAndGo(state, client);
    if (told) late[told] += 1;
  };
  // Of what is given, most is owed to somebody, and all that is not is soon gone.
  const actions = [hungry, hungry, hungry, hungry, upload, give, give, leave, leave];
  const left = await runUnderLoad(lab, { maxGiftSize: 100_000, actions, pause: 5 }, async () => {
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
async function fetchAndGo(
  state: ClientState,
  { random }: LabClient,
): Promise<keyof Told | undefined> {
  const claimed = await claim(state);
  if (!claimed) return undefined;
  const { url, ticket } = claimed;
  const since = Date.now();
  const { socket, bytes } = await downloadRaw(state, url, Number.POSITIVE_INFINITY);
  const id = bytes ? (giftIdOf(bytes) ?? null) : null;
  if (bytes && random.chance(0.4)) {
    socket.destroy();
    state.history.note({ action: 'arrived', since, id, url, ticket });
    return undefined;
  }
  socket.resetAndDestroy();
  const isBack = bytes !== undefined && random.chance(0.7);
  if (isBack) await sleep(lease - about + random.below(2 * about));
  if (isBack && (await isMine(state, url))) {
    state.history.note({ action: 'arrived', since, id, url, ticket });
    state.history.note({ action: 'received', url });
    return 'yes';
  }
  state.tickets.add(ticket);
  return isBack ? 'no' : undefined;
}

/** The service is there for as long as its clients are, so there will be an answer. */
async function isMine(state: ClientState, url: string): Promise<boolean> {
  for (;;) {
    const outcome = await attemptUntilAnswered(state, () => apiClient(state).received({ url }));
    if ('answer' in outcome) return true;
    if (isRefusal(outcome.code)) return false;
  }
}

export const abandonedClients: Scenario = {
  name: 'abandoned-clients',
  summary:
    'Bearers stay away with their tickets, go without a word, or come back when their time is just over, while others take whatever is free.',
  unit: 'late words',
  points: { short: 20, usual: 100 },
  sites: ['embedded', 'servers'],
  run,
};
