import type { Deadlines } from '../ledger/types.ts';
import type { ExchangeContext } from './ports.ts';

/** The ends of all spans of time that begin now. */
export function deadlinesFrom({ rules, now }: Pick<ExchangeContext, 'rules' | 'now'>): Deadlines {
  const time = now();
  return {
    now: time,
    leaseUntil: time + rules.lease,
    renewalPerByte: rules.renewalPerByte,
    holdUntil: time + rules.hold,
    ticketUntil: time + rules.ticketTtl,
    removeAt: time + rules.grace,
    purgeAt: time + rules.ticketTtl,
    keepUntil: time + rules.reportHold,
  };
}
