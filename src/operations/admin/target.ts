/** The exchange that `rfx admin` decides about, opened beside a running service. */
import { findLedger, openEventBus, rulesFrom } from '../../app/create-storage.ts';
import { keyFault, openKeyRing } from '../../app/encryption.ts';
import { systemEnvironment } from '../../app/environment.ts';
import { describePlace } from '../../app/vault-from-settings.ts';
import type { Config } from '../../config/settings.ts';
import type { DeskContext } from '../../exchange/desk/decisions.ts';
import { sealTexts } from '../../ledger/sealed/sealed-ledger.ts';

/** A reason why the command cannot be carried out, as a sentence for the operator. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

/** The flags of the command itself; the others are settings. */
export interface AdminFlags {
  readonly json: boolean;
  readonly state?: string;
  readonly ground?: string;
  readonly rule?: string;
  readonly until?: string;
  readonly limit?: string;
}

/** Runs at the desk; answers what to print. */
export type AdminVerb = (desk: DeskContext, flags: AdminFlags) => Promise<string>;

/** Runs work at the desk of the exchange that the settings name. Throws `AdminError` if there is none, or if its keys are others. */
export async function atDesk<T>(config: Config, work: (desk: DeskContext) => Promise<T>): Promise<T> {
  const ledger = await findLedger(config, true);
  if (!ledger) throw new AdminError(`There is no exchange at ${describePlace(config)}; nothing was made there.`);
  const bus = await openEventBus(config);
  try {
    const ring = openKeyRing(config, systemEnvironment);
    const fault = keyFault(await ledger.encryptionKeys(), ring);
    if (fault !== undefined) throw new AdminError(fault);
    const readable = ring ? sealTexts(ledger, ring) : ledger;
    return await work({ ledger: readable, events: bus.events, rules: rulesFrom(config), now: systemEnvironment.now });
  } finally {
    await bus.close();
    await ledger.close();
  }
}
