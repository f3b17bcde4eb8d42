/** The load generator, in a process of its own: drives a server as it is ordered to. */
import { drive } from './closed-loop.ts';
import type { Order } from './load-plan.ts';

process.on('message', async (order: Order) => {
  try {
    process.send?.({ told: await drive(order) });
  } catch (error) {
    process.send?.({ failed: (error as Error).message });
  }
});
process.on('disconnect', () => process.exit());
