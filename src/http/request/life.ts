/** The life that a giver chooses for a gift, and a host for a room. */
import type { FastifyRequest } from 'fastify';
import ms, { type StringValue } from 'ms';
import { Problem } from '../../contract/problems/problem.ts';

/** The shortest and the longest life, in milliseconds. The longest only keeps dates in range: the operator's is shorter. */
const minLife = ms('1m');
const maxLife = ms('3650d');

/** The end of a life of `90s`, `45m`, `12h`, `3d` or `2w`, or the time `2026-12-24T18:00:00Z`, since 1970. Throws `life-broken`. */
export function parseEnd(text: string, now: number): number {
  const life = lifeOf(text.trim(), now);
  if (!(life >= minLife)) throw new Problem('life-broken');
  return now + Math.min(life, maxLife);
}

/** When a room closes: a time, or a span from now. Throws `room-broken`. */
export function parseDeadline(text: string, now: number): number {
  const span = lifeOf(text.trim(), now);
  if (Number.isNaN(span)) throw new Problem('room-broken');
  return now + span;
}

/** In milliseconds; NaN for another text. */
function lifeOf(text: string, now: number): number {
  if (/^\d{1,6}[smhdw]$/.test(text)) return ms(text as StringValue);
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  return isTime ? Date.parse(text) - now : Number.NaN;
}

/** The end that the header `Exchange-Expires` names; undefined without one. Throws `life-broken`. */
export function endFrom({ headers }: Pick<FastifyRequest, 'headers'>, now: number): number | undefined {
  const text = headers['exchange-expires'];
  return text === undefined ? undefined : parseEnd(String(text), now);
}
