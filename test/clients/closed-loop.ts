/** The closed loop of every workload: a client begins its next step when the one before has ended. */
export async function runClients(
  clients: number,
  step: (client: number) => Promise<unknown>,
  isOver: () => boolean,
): Promise<void> {
  const run = async (client: number) => {
    while (!isOver()) await step(client);
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => run(client)));
}
