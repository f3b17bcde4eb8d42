/** The program of the load generator. */
import { runClosedLoop } from './closed-loop.ts';
import type { LoadPlan } from './load-plan.ts';

process.on('message', async (order: LoadPlan) => {
  try {
    process.send?.({ result: await runClosedLoop(order) });
  } catch (error) {
    process.send?.({ failed: (error as Error).message });
  }
});
process.on('disconnect', () => process.exit());
