/**
 * Clients keep their tickets unused, disconnect, or acknowledge an arrival before the first byte or around the end of the
 * lease, while others draw freely.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Action, claim, drawFree, giveForKind, upload } from '../client-actions.ts';
import { apiClient, attemptUntilAnswered, type ClientState, isRefusal, type LabClient } from '../client-state.ts';
import { downloadRaw } from '../raw-connection.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';
import { giftIdOf } from '../test-content.ts';

/** `LEASE` of `labSettings`, in milliseconds. */
const lease = 4_000;
/** The largest distance of an acknowledgement from the end of the lease. */
const about = 1_000;

/** Successes and failures of a request. */
interface Answers {
  yes: number;
  no: number;
}

async function run(lab: Lab): Promise<Remainder> {
  const late: Answers = { yes: 0, no: 0 };
  const free: Answers = { yes: 0, no: 0 };
  const fetched = new Set<string>();
  const hungryFor =
    (kind: string): Action =>
    async (state, client) => {
      const got = await drawFree(state, client, kind);
      free[got ? 'yes' : 'no'] += 1;
    };
  const [hungry, hungryForText] = [hungryFor('any'), hungryFor('text')];
  const leave: Action = async (state, client) => {
    const result = await fetchAndGo(state, client, fetched);
    if (result) late[result] += 1;
  };
  // Most gifts are owed to a ticket, nearly all by kind, and the others are soon drawn, texts first.
  const give = giveForKind(0.9);
  const actions = [hungry, hungry, hungryForText, hungryForText, upload, give, give, leave, leave];
  const left = await runUnderLoad(lab, { maxGiftSize: 100_000, actions, pause: 5 }, async () => {
    while (late.yes + late.no < lab.points) await sleep(20);
  });
  // Otherwise the run proves nothing.
  if (late.yes === 0 || late.no === 0) lab.complaints.push('nobody came on both sides of the end');
  if (free.yes === 0 || free.no === 0) lab.complaints.push('free gifts were always there, or never');
  return left;
}

/**
 * Reads a whole gift and closes the connection quietly, which counts as an arrival, or resets it. After a reset some
 * clients acknowledge late; returns that answer.
 */
async function fetchAndGo(
  state: ClientState,
  { random }: LabClient,
  fetched: Set<string>,
): Promise<keyof Answers | undefined> {
  const claimed = await claim(state);
  if (!claimed) return undefined;
  const { url, ticket } = claimed;
  if (!fetched.has(url) && random.chance(0.2)) await acknowledgeUnsent(state, url);
  fetched.add(url);
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

/** Acknowledges a gift before its first byte: if that counted, the gift would be lost. */
async function acknowledgeUnsent(state: ClientState, url: string): Promise<void> {
  const outcome = await attemptUntilAnswered(state, () => apiClient(state).received({ url }));
  if ('answer' in outcome) state.complaints.push('an acknowledgement counted before the first byte');
}

/** The service outlives its clients, so an answer will come. */
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
    'Clients keep tickets unused, disconnect, or acknowledge before the first byte or around the end of the lease, while others draw freely.',
  unit: 'late acknowledgements',
  points: { short: 20, usual: 100 },
  sites: ['embedded', 'servers'],
  run,
};
