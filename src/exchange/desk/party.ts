import type { ExchangeContext } from '../ports.ts';
import { hashAddress } from '../secrets.ts';

type PartyContext = Pick<ExchangeContext, 'ledger' | 'rules' | 'now' | 'randomBytes'>;

/**
 * The hashes by which the ledger knows a client's address, under the key of this period and of the one before. A period is as
 * long as `RETENTION`, and a key that is two periods old is forgotten.
 */
export async function partiesOf(
  { ledger, rules, now, randomBytes }: PartyContext,
  address: string,
): Promise<readonly string[]> {
  const period = Math.floor(now() / rules.retention);
  const keys = await ledger.partyKeys(period, Buffer.from(randomBytes(32)).toString('hex'));
  return keys.map((key) => hashAddress(address, key));
}
