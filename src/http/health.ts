import type { FastifyReply } from 'fastify';
import { publicPool } from '../exchange/context.ts';
import type { Door } from './settings.ts';

/** `GET /health/ready`: tries the ledger and the vault, and says which of them fails. */
export async function getReady({ context, logger }: Door, reply: FastifyReply) {
  const checks = {
    ledger: await outcome(async () => {
      await context.ledger.check();
      await context.ledger.stats(publicPool, context.now());
    }),
    vault: await outcome(() => context.vault.check()),
  };
  const ok = Object.values(checks).every((check) => check === 'ok');
  if (!ok) logger.warn({ checks }, 'not ready');
  reply.code(ok ? 200 : 503).header('cache-control', 'no-store');
  return { status: ok ? ('ok' as const) : ('failing' as const), checks };
}

/** Who asks wants to know now, in milliseconds; what takes longer is of no use to anybody else either. */
const patience = 2_000;

/** The reason is for the log; outside, "failing" has to do. */
async function outcome(attempt: () => Promise<unknown>): Promise<'ok' | 'failing'> {
  const late = Promise.withResolvers<'failing'>();
  const timer = setTimeout(() => late.resolve('failing'), patience);
  const found = attempt().then(
    () => 'ok' as const,
    () => 'failing' as const,
  );
  return Promise.race([found, late.promise]).finally(() => clearTimeout(timer));
}
