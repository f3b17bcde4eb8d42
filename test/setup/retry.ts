/** What a client does that means it. */

/** Asks again and again while the service fails or is away; a refusal is an answer. */
export async function retryUntilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const { code } = error as { code?: string };
      // What has no code is the network's: `fetch` fails with a TypeError.
      if (code !== 'storage-failing' && code !== undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
