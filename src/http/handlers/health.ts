import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ExchangeContext } from '../../exchange/ports.ts';
import { publicPool } from '../../exchange/rules.ts';
import { assertBound } from '../../exchange/storage/vault-binding.ts';
import { cached } from '../../platform/cached.ts';
import type { HttpContext, StorageState } from '../context.ts';

/** `GET /health/live` */
export const getLive = async () => ({ status: 'ok' });

/** `GET /health/ready`: checks the ledger and the vault, and names the one that fails. Service goes on without a log. */
export async function getReady(
  { storageState, logger, logFault }: HttpContext,
  _request: FastifyRequest,
  reply: FastifyReply,
) {
  const { ledger, vault } = await storageState();
  const checks = { ledger: outcomeOf(ledger), vault: outcomeOf(vault) };
  const ok = Object.values(checks).every((check) => check === 'ok');
  const log = logFault() === undefined ? {} : { log: 'failing' };
  // The reasons are for the log. Clients only see "failing".
  if (!ok) logger.warn({ checks, reasons: { ledger, vault } }, 'not ready');
  reply.code(ok ? 200 : 503).header('cache-control', 'no-store');
  return { status: ok ? ('ok' as const) : ('failing' as const), checks: { ...checks, ...log } };
}

const outcomeOf = (fault: string | undefined) => (fault === undefined ? 'ok' : 'failing');

/** The faults of the ledger and the vault at this moment; undefined for one that works. */
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

/** How long a check counts, in milliseconds: each writes to the disk and syncs it. */
const maxCheckAge = 2_000;

/** Checks the storage once for all requests within the age of a check. */
export function createStorageState(exchange: ExchangeContext): () => Promise<StorageState> {
  return cached(exchange.elapsed, maxCheckAge, () => checkStorage(exchange));
}

/** How long a check may take, in milliseconds. A slower answer is as good as none for a load balancer. */
const timeoutMs = 2_000;

/** Waits for work up to the time limit. Answers its value or its fault, and never rejects. */
export async function withinTimeout<T>(work: Promise<T>): Promise<{ value?: T; fault?: string }> {
  const late = Promise.withResolvers<{ fault: string }>();
  const timer = setTimeout(() => late.resolve({ fault: `no answer in ${timeoutMs} ms` }), timeoutMs);
  const found = work.then(
    (value) => ({ value }),
    (error: Error) => ({ fault: reasonOf(error) }),
  );
  return Promise.race([found, late.promise]).finally(() => clearTimeout(timer));
}

/** The message with its cause, which clients never see. */
const reasonOf = ({ message, cause }: Error): string =>
  cause instanceof Error ? `${message} (${cause.message})` : message;
