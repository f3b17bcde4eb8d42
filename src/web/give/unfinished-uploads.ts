/** Asks what became of uploads that a reload has ended. */
import { failureOf } from '../failures.ts';
import { showControlCharacters } from '../i18n/control-characters.ts';
import { formatList } from '../i18n/format.ts';
import type { ExchangeEvent } from '../state/exchange.ts';
import { nextStep } from '../state/next-step.ts';
import type { Services } from '../state/services.ts';
import type { UploadRecord } from '../state/upload-records.ts';
import { pauseOrOnline } from '../transfer/download.ts';

interface AskOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ExchangeEvent) => void;
  readonly pause?: typeof pauseOrOnline;
}

/** In milliseconds, while the service does not answer. */
const retryDelayMs = 5_000;

/** Stores the tickets of the gifts that arrived, and reports what the stage shows next and which files did not arrive. */
export async function askAboutUnfinished(
  services: Services,
  { signal, onEvent, pause = pauseOrOnline }: AskOptions,
): Promise<void> {
  const { unfinished } = services.uploads;
  const lost: UploadRecord[] = [];
  for (const record of unfinished) {
    while (!signal.aborted) {
      const isGiven = await findGift(services, record, signal).catch(failureOf);
      if (signal.aborted) return;
      if (typeof isGiven === 'boolean') {
        if (!isGiven) lost.push(record);
        break;
      }
      if (isGiven.code === 'key-reused') break;
      onEvent(warning('left-unknown', unfinished));
      await pause(retryDelayMs, signal);
    }
  }
  for (const { key } of unfinished) services.uploads.end(key);
  const next = lost.length < unfinished.length ? nextStep(services) : undefined;
  if (next) onEvent({ type: 'switched', to: next });
  if (lost.length > 0) onEvent(warning('left-early', lost));
}

const warning = (code: 'left-early' | 'left-unknown', records: readonly UploadRecord[]): ExchangeEvent => ({
  type: 'warned',
  failure: { code, name: namesOf(records) },
});

const maxNames = 3;

function namesOf(records: readonly UploadRecord[]): string {
  const names = records.slice(0, maxNames).map(({ name }) => showControlCharacters(name));
  return formatList(records.length > maxNames ? [...names, '…'] : names, 'conjunction');
}

/** True if the gift arrived; its ticket is stored then. */
async function findGift({ client, store }: Services, { key }: UploadRecord, signal: AbortSignal): Promise<boolean> {
  const answer = await client.given({ giver: store.giver(), key, signal });
  if (!answer) return false;
  const { ticket, giver, gift } = answer;
  if (store.giver() === undefined) store.saveGiver(giver);
  const { name, size, kind, sha256 } = gift;
  store.add({ exchange: { ticket, gift: { name, size, kind, sha256 } } });
  return true;
}
