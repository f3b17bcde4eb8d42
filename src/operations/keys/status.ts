/** `rfx keys status`. */
import type { KeysTarget } from './target.ts';
import { countUsage, type Usage } from './usage.ts';

interface KeysStatus {
  /** The keys of the settings, the one that encrypts first. */
  readonly keys: readonly (Usage & { readonly id: string })[];
  /** The key that the service last began to encrypt with; undefined if it never did. */
  readonly used: string | undefined;
  readonly plain: Usage;
  /** The rows under keys that the settings lack, by fingerprint. */
  readonly unknown: readonly (Usage & { readonly fingerprint: string })[];
}

const nothing: Usage = { files: 0, texts: 0 };

/** Reads all rows. */
export async function readStatus(target: KeysTarget): Promise<KeysStatus> {
  const usage = await countUsage(target);
  const ring = target.ring?.all ?? [];
  const known = await target.ledger.encryptionKeys();
  const isKnown = (fingerprint: string) => ring.some((key) => key.fingerprint === fingerprint);
  return {
    keys: ring.map(({ id, fingerprint }) => ({ id, ...(usage.get(fingerprint) ?? nothing) })),
    used: known[0]?.id,
    plain: usage.get(undefined) ?? nothing,
    unknown: [...usage].flatMap(([fingerprint, count]) =>
      fingerprint === undefined || isKnown(fingerprint) ? [] : [{ fingerprint, ...count }],
    ),
  };
}

/** The status as lines of text. */
export function describeStatus({ keys, used, plain, unknown }: KeysStatus): string {
  const amount = ({ files, texts }: Usage) => `${files} files, ${texts} names and notes`;
  const lines = [
    ...keys.map((key) => `${key.id}: ${amount(key)}${key.id === used ? ' (encrypts)' : ''}`),
    `not encrypted: ${amount(plain)}`,
    ...unknown.map((key) => `unknown key ${key.fingerprint}: ${amount(key)}; ENCRYPTION_KEYS lacks it`),
  ];
  if (keys[0] && keys[0].id !== used)
    lines.push(`The service does not encrypt with "${keys[0].id}" yet: restart it with these ENCRYPTION_KEYS.`);
  return `${lines.join('\n')}\n`;
}
