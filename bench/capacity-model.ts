/**
 * What limits the exchange on 1, 10 and 1,000 machines: `npm run bench:model` prints the table of docs/scaling.md. Every line
 * is computed by formula and simulated; it fails when the two are further apart than a tenth.
 *
 * The constants are of a core of a busy virtual machine; put your own in.
 */
import { boundOf, capacityOf, type Station, simulate } from './queueing-model.ts';

/** What one exchange needs: a gift in, a draw, a gift out. In seconds of one core, and in bytes. */
const needs = {
  /** In the process, for two requests; and for each byte that comes in, and goes out. */
  requests: 2.5e-3,
  give: 4.5e-9,
  deliver: 1.5e-9,
  /** Of three transactions, and of what is in them, however many exchanges share them. */
  transactions: { process: 3.9e-3, postgres: 2.8e-3 },
  rows: { process: 0.15e-3, postgres: 0.36e-3 },
  statements: 27,
  /** In PostgreSQL's log, full pages included. */
  logged: 8_000,
} as const;

/** What there is: cores, bytes a second, seconds. */
const machine = { cores: 4, network: 1.25e9, lanes: 3, inFlight: 32 } as const;
const postgres = { cores: 16, log: 500e6, sync: 0.5e-3, roundTrip: 0.3e-3 } as const;
const bucket = { bytes: 5e9, streams: 100, answer: 20e-3 } as const;

/** What processes tell each other: each so often at most, which costs the server so long (no sync); and how often each reads statistics. */
const news = { pause: 50e-3, telling: 0.1e-3, statsPause: 250e-3, stats: 0.2e-3 };

interface Scenario {
  readonly machines: number;
  readonly size: number;
  /** Bytes go from S3 to the receiver without passing through us. */
  readonly redirect?: true;
  /** So many times the S3 above. */
  readonly buckets?: number;
  /** So many PostgreSQLs, each with pools and processes of its own. */
  readonly shards?: number;
}

const processesOf = ({ machines }: Scenario) => machines * machine.cores;

/** How many exchanges share their transactions, when so many a second come to a process: what came while the lanes were away. */
function sharing(perSecond: number): number {
  const transaction = (needs.statements / 3) * postgres.roundTrip + postgres.sync;
  const came = (3 * perSecond * transaction) / machine.lanes;
  return Math.min(Math.max(1, came), machine.inFlight / machine.lanes);
}

function stationsOf(scenario: Scenario, perSecond: number): Station[] {
  const { machines, size, redirect, buckets = 1, shards = 1 } = scenario;
  const processes = processesOf(scenario);
  const together = sharing(perSecond / processes);
  const ledger = (where: 'process' | 'postgres') =>
    needs.transactions[where] / together + needs.rows[where];
  const bytes = size * (needs.give + (redirect ? 0 : needs.deliver));
  const looks = (processes / news.statsPause) * news.stats;
  return [
    { name: 'processes', servers: processes, seconds: needs.requests + ledger('process') + bytes },
    // Full duplex: a gift that comes in goes out to S3 at the same time, and the other way round.
    { name: 'network', servers: machines, seconds: (size * (redirect ? 1 : 2)) / machine.network },
    {
      name: 'PostgreSQL',
      servers: Math.max(1, Math.round(postgres.cores * shards - looks)),
      seconds: ledger('postgres'),
    },
    { name: 'log', servers: shards, seconds: needs.logged / postgres.log, sync: postgres.sync },
    {
      name: 'S3',
      servers: bucket.streams * buckets,
      seconds: (bucket.streams * size) / bucket.bytes,
    },
    { name: 'answers of S3', servers: Number.POSITIVE_INFINITY, seconds: 2 * bucket.answer },
  ];
}

const jobsOf = (scenario: Scenario) => machine.inFlight * processesOf(scenario);

/** How much gets through decides how many share a transaction, and that decides how much gets through: where both agree. */
function predict(scenario: Scenario): number {
  let [low, high] = [0, 1e9];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (boundOf(stationsOf(scenario, middle), jobsOf(scenario)) > middle) low = middle;
    else high = middle;
  }
  return low;
}

/** What processes tell each other goes through the server one at a time: nothing but the news waits for it. */
const telling: readonly Station[] = [
  { name: 'pause', servers: Number.POSITIVE_INFINITY, seconds: news.pause },
  { name: 'telling', servers: 1, seconds: news.telling },
];

const tolerance = 0.1;
let isFar = false;

function simulated(stations: readonly Station[], jobs: number, predicted: number): number {
  const rate = simulate(stations, jobs, Math.max(30_000, 3 * jobs));
  if (Math.abs(rate / predicted - 1) > tolerance) isFar = true;
  return rate;
}

function row(scenario: Scenario): string {
  const { machines, size, redirect, buckets, shards = 1 } = scenario;
  const predicted = predict(scenario);
  const stations = stationsOf(scenario, predicted);
  const rate = simulated(stations, jobsOf(scenario), predicted);
  const used = stations
    .filter(({ servers }) => servers !== Number.POSITIVE_INFINITY)
    .map((station) => ({ name: station.name, part: predicted / capacityOf(station) }));
  const narrowest = used.toSorted((a, b) => b.part - a.part)[0];
  const tellers = processesOf(scenario) / shards;
  const delay = tellers / simulated(telling, tellers, boundOf(telling, tellers));
  return [
    machines.toLocaleString('en'),
    size < 2 ** 20 ? `${size / 2 ** 10} KiB` : `${size / 2 ** 20} MiB`,
    [redirect && 'redirect', buckets && `S3 × ${buckets}`, shards > 1 && `PostgreSQL × ${shards}`]
      .filter(Boolean)
      .join(', ') || '–',
    Math.round(predicted).toLocaleString('en'),
    Math.round(rate).toLocaleString('en'),
    ...used.map(({ part }) => `${Math.round(100 * part)} %`),
    narrowest && narrowest.part > 0.9 ? narrowest.name : 'those in flight',
    delay < 1 ? `${Math.round(1000 * delay)} ms` : `${delay.toFixed(1)} s`,
  ].join(' | ');
}

const small = 4 * 2 ** 10;
const photo = 2 ** 20;
const scenarios: readonly Scenario[] = [
  { machines: 1, size: small },
  { machines: 1, size: photo },
  { machines: 10, size: small },
  { machines: 10, size: photo },
  { machines: 10, size: photo, redirect: true, buckets: 2 },
  { machines: 1_000, size: small },
  { machines: 1_000, size: photo },
  { machines: 1_000, size: photo, redirect: true, buckets: 100 },
  { machines: 1_000, size: photo, redirect: true, buckets: 100, shards: 32 },
];

const columns = ['machines', 'file', 'with', 'exchanges/s', 'simulated'];
const resources = ['processes', 'network', 'PostgreSQL', 'its log', 'S3'];
const heads = [...columns, ...resources, 'narrowest', 'news'];
console.log(`| ${heads.join(' | ')} |\n| ${heads.map(() => '---').join(' | ')} |`);
for (const scenario of scenarios) console.log(`| ${row(scenario)} |`);
if (isFar) {
  console.error('Formula and simulation are further apart than a tenth.');
  process.exitCode = 1;
}
