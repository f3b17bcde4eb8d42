/** Lets a visitor receive a file. */
import { createClient } from '../../src/contract/client.ts';
import type { Visitor } from './visitor.ts';

let given = 0;

/** Gives the file by the API, lets the visitor give one for it, and waits for the preview. */
export async function receiveFile(visitor: Visitor, url: string, name: string, bytes: Uint8Array): Promise<void> {
  await createClient(url).give({ name, bytes: new Blob([Uint8Array.from(bytes)]) });
  await visitor.give(`mine ${++given}.txt`, `This is number ${given}.`);
  const preview = visitor.page.locator('.preview');
  await preview.waitFor();
  await preview.getByText('Opening it').waitFor({ state: 'detached' });
}
