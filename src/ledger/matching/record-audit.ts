/** The log of the desk, which only grows. */
import type { AuditEntry } from '../desk-types.ts';
import type { Db } from '../schema/tables.ts';

/** Appends an entry. It names bytes and givers by hash, and no party, whose hash is forgotten after a while. */
export async function recordAudit(db: Db, { detail, ...entry }: Omit<AuditEntry, 'id'>): Promise<void> {
  await db
    .insertInto('audit')
    .values({ ...entry, detail: JSON.stringify(detail) })
    .execute();
}
