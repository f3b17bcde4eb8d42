/** The exchange that `rfx admin` decides about, opened beside a running service. */
import { openEventBus, rulesFrom } from '../../app/create-storage.ts';
import { systemEnvironment } from '../../app/environment.ts';
import type { Config } from '../../config/settings.ts';
import type { DeskContext } from '../../exchange/desk/decisions.ts';
import { sealTexts } from '../../ledger/sealed/sealed-ledger.ts';
import { withKeys } from '../target.ts';

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

/** Runs work at the desk of the exchange that the settings name. Throws `CommandError` if there is none, or if its keys are others. */
export const atDesk = <T>(config: Config, work: (desk: DeskContext) => Promise<T>): Promise<T> =>
  withKeys(config, true, async (ledger, ring) => {
    const bus = await openEventBus(config);
    try {
      const readable = ring ? sealTexts(ledger, ring) : ledger;
      return await work({ ledger: readable, events: bus.events, rules: rulesFrom(config), now: systemEnvironment.now });
    } finally {
      await bus.close();
    }
  });
