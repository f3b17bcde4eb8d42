/** How a file gets to a stranger at the page. */
import { createClient } from '../../src/contract/client.ts';
import type { Visitor } from './visitor.ts';

let given = 0;

/** Somebody else gives the file, and the stranger at the page gives one of their own for it and looks into it. */
export async function receiveFile(
  stranger: Visitor,
  url: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  await createClient(url).give({ name, bytes: new Blob([Uint8Array.from(bytes)]) });
  await stranger.give(`mine ${++given}.txt`, `This is number ${given}.`);
  const preview = stranger.page.locator('.preview');
  await preview.waitFor();
  await preview.getByText('Opening it').waitFor({ state: 'detached' });
}
