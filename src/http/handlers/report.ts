import type { FastifyReply } from 'fastify';
import { headers } from '../../contract/api/paths.ts';
import { ReportBody } from '../../contract/api/schemas.ts';
import { report } from '../../exchange/report.ts';
import type { HttpContext, HttpRequest } from '../context.ts';
import { clientAddress, clientKey } from '../request/client-address.ts';
import { plainText, readBody } from '../request/json-body.ts';
import { instant } from '../response/serializers.ts';

/** `POST /api/deliveries/{secret}/report` */
export async function postReport(
  { exchange, limits, settings, logger }: HttpContext,
  request: HttpRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  limits.replies.take(request);
  const body = await readBody(request, settings, ReportBody, 'report-broken');
  const details = { reason: body.reason, note: plainText(body.note ?? '') || null };
  const until = exchange.now() + exchange.rules.reportHold;
  const { reportId, gift } = await report(exchange, request.params.secret, clientKey(clientAddress(request)), details);
  // For the operator. Never the secret, which opens the delivery, nor the note, which may hold anything.
  const { key, sha256, state } = gift;
  logger.warn({ report: reportId, key, sha256, reason: body.reason, state }, 'gift reported');
  return reply.code(204).header(headers.expires, instant(until)).send();
}
