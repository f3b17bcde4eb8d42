/** The workers of one lead, and what it does for them. */
import type { Logger } from 'pino';
import { openStock, realNature, type Stock } from '../app/create-app.ts';
import type { Config } from '../config/settings.ts';
import type { Ledger, Notice } from '../ledger/ledger.ts';
import { newTrust, type Trust } from '../vault/disk/disk-health.ts';
import { type Refusal, refusalOf, rethrown } from './error-serialization.ts';
import { type Hand, hire } from './fork.ts';
import { gatherMetrics, metricsOfLead } from './metrics.ts';
import { answersOf } from './remote-ledger.ts';
import type { Answers } from './rpc.ts';

export interface Crew {
  readonly config: Config;
  readonly log: Logger;
  /** Undefined on PostgreSQL, where each worker does by itself what any other process would. */
  readonly stock: Stock | undefined;
  /** Those who are alive, and those of them who are open. */
  readonly hands: Set<Hand>;
  readonly open: Set<Hand>;
  readonly distrust: Distrust;
  /** Of the lead; undefined where it knows nothing that its workers do not. */
  readonly metrics: (() => Promise<unknown>) | undefined;
  /** The port to ask for, and what it came to be. */
  readonly port: { asked: number; open: number | undefined };
}

/** Of the disk: what one process found all heed, and whoever comes after. */
interface Distrust {
  readonly trust: Trust;
  cause: Refusal | undefined;
}

/** Opens what all of them need; there are none yet. Throws `OpenError`. */
export async function openCrew(config: Config, log: Logger): Promise<Crew> {
  const hands = new Set<Hand>();
  const distrust = distrustOf(hands, log);
  const isAtHand = config.DATABASE_URL === '';
  const stock = isAtHand ? await openStock(config, realNature, distrust) : undefined;
  return {
    config,
    log,
    stock,
    metrics: stock && metricsOfLead(config, stock),
    hands,
    open: new Set(),
    distrust,
    port: { asked: config.PORT, open: undefined },
  };
}

function distrustOf(hands: ReadonlySet<Hand>, log: Logger): Distrust {
  const trust = newTrust((err) => {
    log.error({ err }, 'the disk is not trusted any more; nothing is kept until a restart');
    distrust.cause = refusalOf(err);
    tellAll(hands, 'distrust', distrust.cause);
  });
  const distrust: Distrust = { trust, cause: undefined };
  return distrust;
}

export function tellAll(hands: Iterable<Hand>, what: string, ...facts: readonly unknown[]): void {
  for (const { wire } of hands) wire.tell(what, ...facts);
}

/** Starts a process that waits to be told what to open. */
export function addHand(crew: Crew): Hand {
  const { hands, open, stock, metrics } = crew;
  const { trust } = crew.distrust;
  const others = () => [...hands].filter((other) => other !== hand);
  const hand: Hand = hire({
    ...(stock && trustingAnswers(stock, trust)),
    news: (notices: readonly Notice[]) => tellAll(others(), 'news', notices),
    distrust: (cause: Refusal) => trust.lose(rethrown(cause)),
    metrics: () => gatherMetrics(metrics, others()),
  });
  hands.add(hand);
  void hand.ended.then(() => {
    hands.delete(hand);
    open.delete(hand);
  });
  return hand;
}

/** A gift whose bytes may be lost is not pooled, also where its own worker has not heard of it yet. */
const trustingAnswers = ({ ledger }: Stock, trust: Trust): Answers => ({
  ...answersOf(ledger),
  poolGift: async (...gift: Parameters<Ledger['poolGift']>) => {
    trust.assert();
    return ledger.poolGift(...gift);
  },
});

/**
 * Opens a worker. Whoever asks for any free port gets that of the others who asked for it; where none of them is left, the
 * one that they had is asked for.
 */
export async function openHand({ config, port, open, distrust }: Crew, hand: Hand): Promise<void> {
  if (open.size === 0 && port.open !== undefined) port.asked = port.open;
  if (distrust.cause) hand.wire.tell('distrust', distrust.cause);
  const opened = await hand.wire.ask('open', { ...partOf(config), PORT: port.asked });
  open.add(hand);
  port.open ??= opened as number;
  if (opened !== port.open) throw new Error(`a worker opened port ${opened}, not ${port.open}`);
}

/** Of what all may have together, each has its part. */
function partOf(config: Config): Config {
  const part = (whole: number) => Math.max(1, Math.floor(whole / config.WORKERS));
  return {
    ...config,
    MAX_CONNECTIONS: part(config.MAX_CONNECTIONS),
    MAX_CONNECTIONS_PER_ADDRESS: part(config.MAX_CONNECTIONS_PER_ADDRESS),
  };
}
