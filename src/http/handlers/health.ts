import type { FastifyReply } from 'fastify';
import { type ExchangeContext, publicPool } from '../../exchange/ports.ts';
import { assertBound } from '../../exchange/vault-binding.ts';
import type { HttpContext } from '../context.ts';

/** `GET /health/ready`: tries the ledger and the vault, and says which of them fails. */
export async function getReady({ exchange, logger }: HttpContext, reply: FastifyReply) {
  const { ledger, vault } = await checkStorage(exchange);
  const checks = { ledger: outcomeOf(ledger), vault: outcomeOf(vault) };
  const ok = Object.values(checks).every((check) => check === 'ok');
  // The reasons are for the log; outside, "failing" has to do.
  if (!ok) logger.warn({ checks, reasons: { ledger, vault } }, 'not ready');
  reply.code(ok ? 200 : 503).header('cache-control', 'no-store');
  return { status: ok ? ('ok' as const) : ('failing' as const), checks };
}

const outcomeOf = (fault: string | undefined) => (fault === undefined ? 'ok' : 'failing');

/** What is wrong with the ledger and the vault right now; undefined where nothing is. */
export async function checkStorage({
  ledger,
  vault,
  vaultId,
  now,
}: Pick<ExchangeContext, 'ledger' | 'vault' | 'vaultId' | 'now'>) {
  const [ofLedger, ofVault] = await Promise.all([
    withinTimeout(ledger.check().then(() => ledger.stats(publicPool, now()))),
    withinTimeout(assertBound(vault, vaultId).then(() => vault.check())),
  ]);
  return { ledger: ofLedger.fault, vault: ofVault.fault };
}

/** Who asks wants to know now, in milliseconds; what takes longer is of no use to anybody else either. */
const patience = 2_000;

/** Waits for something, but not for long; what became of it, and not its failure, is the answer. */
export async function withinTimeout<T>(work: Promise<T>): Promise<{ value?: T; fault?: string }> {
  const late = Promise.withResolvers<{ fault: string }>();
  const timer = setTimeout(() => late.resolve({ fault: `no answer in ${patience} ms` }), patience);
  const found = work.then(
    (value) => ({ value }),
    (error: Error) => ({ fault: reasonOf(error) }),
  );
  return Promise.race([found, late.promise]).finally(() => clearTimeout(timer));
}

/** What is told to clients hides what is behind it. */
const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message} (${cause.message})` : message;
