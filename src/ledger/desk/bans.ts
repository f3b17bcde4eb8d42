/** Bans of givers and parties, and the log of the desk. */
import type { AuditEntry, Ban } from '../desk-types.ts';
import { recordAudit } from '../matching/record-audit.ts';
import type { Db } from '../schema/tables.ts';

/** See `DeskLedger.setBan`. The log does not name a party, whose hash is forgotten. */
export async function setBan(
  db: Db,
  { subject, value }: Ban,
  isBanned: boolean,
  actor: AuditEntry['actor'],
  now: number,
): Promise<void> {
  if (isBanned) {
    await db
      .insertInto('ban')
      .values({ subject, value, created_at: now })
      .onConflict((conflict) => conflict.columns(['value', 'subject']).doNothing())
      .execute();
  } else await db.deleteFrom('ban').where('value', '=', value).where('subject', '=', subject).execute();
  await recordAudit(db, {
    at: now,
    actor,
    action: isBanned ? 'ban' : 'unban',
    subject: subject === 'giver' ? value : 'party',
    detail: {},
  });
}

/** See `DeskLedger.listBans`. */
export const listBans = (db: Db): Promise<readonly Ban[]> =>
  db.selectFrom('ban').select(['subject', 'value']).orderBy('id').execute();

/** See `DeskLedger.readAudit`. */
export async function readAudit(db: Db, before: number | undefined, limit: number): Promise<readonly AuditEntry[]> {
  let query = db.selectFrom('audit').select(['id', 'at', 'actor', 'action', 'subject', 'detail']);
  if (before !== undefined) query = query.where('id', '<', before);
  const rows = await query.orderBy('id', 'desc').limit(limit).execute();
  return rows.map(({ detail, ...entry }) => ({ ...entry, detail: JSON.parse(detail) as AuditEntry['detail'] }));
}
