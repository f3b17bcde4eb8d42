/** Reports, a blocklist and a hook of the operator: what they stop stays out, and no other file is lost. */
import { createHash } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claim, giveForKind, newGift } from '../client-actions.ts';
import { apiClient, attempt, type ClientState, type LabClient } from '../client-state.ts';
import { receiveDelivery } from '../receive.ts';
import { type Lab, type Remainder, runUnderLoad, type Scenario } from '../scenario-runner.ts';

/** How long the service may take to see a new list: a look at the file, and the pause of the sweep, in milliseconds. */
const maxListTime = 30_000;

const give = giveForKind(0);

async function run(lab: Lab): Promise<Remainder> {
  const hook = await startHook(lab);
  const folder = await mkdtemp(join(tmpdir(), 'rfx-abuse-'));
  lab.onEnd(() => rm(folder, { recursive: true, force: true }));
  const list = join(folder, 'blocklist');
  await writeFile(list, '');
  const settings = { BLOCKLIST: list, INSPECT_URL: hook.url, INSPECT_TIMEOUT: '500ms' };
  return runUnderLoad(lab, { clients: 0, settings }, async ({ workload: { state } }) => {
    const client: LabClient = { random: lab.random, name: 'visitor', secret: undefined };
    for (let point = 0; point < lab.points; point++) {
      await giveWhileHookFails(lab, hook, state, client);
      await reportAndReceive(lab, state, client);
    }
    await blockPooled(lab, state, client, list);
  });
}

/** Ways of a hook to fail. */
const failures: readonly ((answer: ServerResponse) => void)[] = [
  (answer) => void answer.destroy(),
  (answer) => void answer.writeHead(500).end(),
  (answer) => void answer.end('{"verdict": "accept"}'),
  (answer) => void answer.end('accept'),
  () => undefined,
];

interface Hook {
  readonly url: string;
  /** How it fails; undefined while it works. */
  failure: ((answer: ServerResponse) => void) | undefined;
}

/** A hook that accepts every file, unless it is told to fail. */
async function startHook(lab: Lab): Promise<Hook> {
  const hook: { url: string; failure: Hook['failure'] } = { url: '', failure: undefined };
  const server: Server = createServer(async (request, answer) => {
    const hash = createHash('sha256');
    for await (const chunk of request) hash.update(chunk as Buffer);
    if (hook.failure) hook.failure(answer);
    else answer.end(JSON.stringify({ verdict: 'accept', sha256: hash.digest('hex') }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  lab.onEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  hook.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return hook;
}

async function giveWhileHookFails(lab: Lab, hook: Hook, state: ClientState, client: LabClient): Promise<void> {
  hook.failure = lab.random.pick(failures);
  const { id, name, bytes } = newGift(state, client);
  const outcome = await attempt(state, () => apiClient(state).upload({ name, bytes: new Blob([bytes]) }));
  hook.failure = undefined;
  if ('answer' in outcome) {
    lab.history.note({ action: 'given', id, ticket: null });
    lab.complaints.push('a gift entered although the hook had failed');
  } else if (outcome.code === 'inspection-failing') lab.history.note({ action: 'refused', id, code: outcome.code });
  else lab.complaints.push(`a gift was answered ${outcome.code} when the hook had failed`);
}

/** Reports a file before its first byte has come; it must still come. */
async function reportAndReceive(lab: Lab, state: ClientState, client: LabClient): Promise<void> {
  await give(state, { ...client, name: `one-${state.gifts}` });
  const ticket = await give(state, { ...client, name: `other-${state.gifts}` });
  const claimed = ticket === undefined ? undefined : await claim(state, ticket);
  if (!claimed) throw new Error('there was nothing to draw');
  await apiClient(state).report(claimed, { reason: 'other' });
  await receiveDelivery(state, client, claimed);
  if (state.pendingDeliveries.has(claimed.url)) lab.complaints.push('a reported file did not come');
}

/** Puts gifts of the pool on the list, and waits until they have left it. */
async function blockPooled(lab: Lab, state: ClientState, client: LabClient, list: string): Promise<void> {
  const lines: string[] = [];
  for (let number = 0; number < lab.points; number++) {
    const { id, name, bytes } = newGift(state, client);
    await apiClient(state).upload({ name, bytes: new Blob([bytes]) });
    lab.history.note({ action: 'given', id, ticket: null });
    // The service quarantines it, which loses it on purpose.
    lab.history.note({ action: 'damaged', id });
    lines.push(createHash('sha256').update(bytes).digest('hex'));
  }
  const { file_count: before } = await apiClient(state).poolStats();
  await writeFile(`${list}.new`, lines.join('\n'));
  await rename(`${list}.new`, list);
  const end = performance.now() + maxListTime;
  while (performance.now() < end) {
    const { file_count: count } = await apiClient(state).poolStats();
    if (count === before - lab.points) return;
    await sleep(200);
  }
  lab.complaints.push('gifts of the blocklist stayed in the pool');
}

export const abuse: Scenario = {
  name: 'abuse',
  summary:
    'Receivers report files, the hook of the operator fails while gifts come, and the blocklist names pooled gifts.',
  unit: 'reports and failures',
  points: { short: 3, usual: 12 },
  sites: ['embedded', 'servers'],
  run,
};
