import type { FastifyReply, FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';
import { Problem } from '../../contract/problems/problem.ts';
import type { HttpContext, HttpSettings } from '../context.ts';
import { carriesToken } from '../request/credentials.ts';

/** `GET /metrics`; not found for a client that may not read them. */
export async function getMetrics(
  { metrics, settings }: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!metrics || !mayRead(settings, request)) throw new Problem('not-found');
  const { type, text } = await metrics.readAll();
  return reply.type(type).send(text);
}

function mayRead({ METRICS_TOKEN }: HttpSettings, request: FastifyRequest): boolean {
  if (METRICS_TOKEN === '') return isLocal(request);
  return carriesToken(request, METRICS_TOKEN);
}

/** True for a client on this machine. A proxy does not count, since its requests may come from anywhere. */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  const isForwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers[name] !== undefined);
  return !isForwarded && ipaddr.isValid(ip) && ipaddr.process(ip).range() === 'loopback';
}
