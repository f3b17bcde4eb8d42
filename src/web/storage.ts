/** What this browser keeps for its person: who they are to the exchange, and what is still owed to them. */
import { type Exchange, keyOf, type Owed, type Parcel } from './exchange.ts';

export interface Keep {
  /** The giver's secret of an earlier exchange. */
  giver(): string | undefined;
  keepGiver(giver: string): void;
  /** What is owed to us, the oldest first. */
  owed(): readonly Owed[];
  /** Answers whether it will be there after a reload. */
  keep(owed: Owed): boolean;
  forget(owed: Owed): void;
}

const giverKey = 'exchange.giver';
const owedKey = 'exchange.owed';

/** Keeps things in `storage`, and for as long as the page is open when there is none or it refuses. */
export function createKeep(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined): Keep {
  const memory = new Map<string, string>();
  const read = (key: string): string | undefined => {
    try {
      return storage?.getItem(key) ?? memory.get(key);
    } catch {
      return memory.get(key);
    }
  };
  const write = (key: string, value: string): boolean => {
    memory.set(key, value);
    try {
      storage?.setItem(key, value);
      return storage?.getItem(key) === value;
    } catch {
      return false;
    }
  };
  const owed = () => parseOwed(read(owedKey));
  const others = (one: Owed) => owed().filter((other) => keyOf(other) !== keyOf(one));
  return {
    giver: () => read(giverKey),
    keepGiver: (giver) => void write(giverKey, giver),
    owed,
    keep: (one) => write(owedKey, JSON.stringify([...others(one), one])),
    forget: (one) => void write(owedKey, JSON.stringify(others(one))),
  };
}

/** Undefined where a browser forbids even to ask. */
export function browserStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

/** Other versions of the page, extensions and people write here too: what is not ours is left out. */
function parseOwed(text: string | undefined): Owed[] {
  try {
    const list: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(list) ? list.filter(isOwed) : [];
  } catch {
    return [];
  }
}

function isOwed(value: unknown): value is Owed {
  const { exchange, parcel } = (value ?? {}) as { exchange?: unknown; parcel?: unknown };
  return isExchange(exchange) || isParcel(parcel);
}

function isExchange(value: unknown): value is Exchange {
  const { ticket, gift } = (value ?? {}) as Partial<Exchange>;
  return typeof ticket === 'string' && typeof gift?.name === 'string';
}

function isParcel(value: unknown): value is Parcel {
  const { url, name, size } = (value ?? {}) as Partial<Parcel>;
  // An address of our own, whoever wrote it there.
  const isOurs = typeof url === 'string' && url.startsWith('/api/');
  return isOurs && typeof name === 'string' && typeof size === 'number';
}
