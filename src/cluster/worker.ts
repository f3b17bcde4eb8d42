/** A worker: serves at the port that all share, with the ledger of its lead, or one that it opens by itself (PostgreSQL). */

import { type FromLead, open, type Program, realNature } from '../app/create-app.ts';
import { closeOnSignal, listen } from '../app/listen.ts';
import type { Config } from '../config/settings.ts';
import { type Board, createBoard, passingOn } from '../exchange/events.ts';
import type { Crew } from '../http/context.ts';
import type { Notice } from '../ledger/ledger.ts';
import { newTrust } from '../vault/disk/disk-health.ts';
import { type Refusal, refusalOf, rethrown } from './error-serialization.ts';
import { distantLedger } from './remote-ledger.ts';
import { type Carrier, openWire, type Wire } from './rpc.ts';

/** Waits for what the lead says. */
export function work(): void {
  // Before Node.js would, which takes its time to tidy up: the next lead may be there already.
  process.prependListener('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  let program: Program | undefined;
  let tellMetrics = async (): Promise<unknown> => undefined;
  const board = createBoard();
  const trust = newTrust((cause) => wire.tell('distrust', refusalOf(cause)));
  const end = closeOnSignal(async () => program?.close());
  const wire = openWire(toLead, {
    open: async (config: Config) => {
      const crew: Crew = {
        metrics: async () => (await wire.ask('metrics')) as readonly unknown[],
        onMetrics: (tell) => {
          tellMetrics = tell;
        },
      };
      const shared = config.DATABASE_URL === '' ? sharing(wire, board) : undefined;
      program = await open(config, realNature, { crew, trust, shared });
      const { app } = program;
      process.on('unhandledRejection', (err) => app.log.error({ err }, 'unhandled rejection'));
      return listen(program, config);
    },
    end,
    news: (notices: readonly Notice[]) => board.announce(notices),
    distrust: (cause: Refusal) => trust.lose(rethrown(cause)),
    missed: () => board.catchUp(),
    metrics: () => tellMetrics(),
  });
}

const sharing = (wire: Wire, board: Board): FromLead['shared'] => ({
  ledger: distantLedger(wire),
  board: passingOn(board, (notices) => wire.tell('news', notices)),
});

const toLead: Carrier = {
  // What cannot be sent any more has nobody to hear it.
  send: (message) => void process.send?.(message, undefined, undefined, () => undefined),
  onMessage: (hear) => void process.on('message', hear),
};
