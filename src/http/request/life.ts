/** The life that a giver chooses for a gift. */
import type { FastifyRequest } from 'fastify';
import { Problem } from '../../contract/problems/problem.ts';

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** The shortest and the longest life, in milliseconds. The longest only keeps dates in range: the operator's is shorter. */
const minLife = 60_000;
const maxLife = 3_650 * units.d;

/** The end of a life of `90m`, `12h`, `3d` or `2w`, or the time `2026-12-24T18:00:00Z`, since 1970. Throws `life-broken`. */
export function parseEnd(text: string, now: number): number {
  const [, amount, unit] = /^(\d{1,6})([mhdw])$/.exec(text.trim()) ?? [];
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text.trim());
  const life = amount
    ? Number(amount) * units[unit as keyof typeof units]
    : isTime
      ? Date.parse(text) - now
      : Number.NaN;
  if (!(life >= minLife)) throw new Problem('life-broken');
  return now + Math.min(life, maxLife);
}

/** The end that the header `Exchange-Expires` names; undefined without one. Throws `life-broken`. */
export function endFrom({ headers }: Pick<FastifyRequest, 'headers'>, now: number): number | undefined {
  const text = headers['exchange-expires'];
  return text === undefined ? undefined : parseEnd(String(text), now);
}
