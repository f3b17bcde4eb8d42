/** The operator's own check over HTTP: facts in headers, bytes in the body, a verdict in the answer. */
import { Problem } from '../../contract/problems/problem.ts';
import type { Inspector, StagedFile } from '../staged-file.ts';

const maxAnswerSize = 64 * 1024;

/** Posts each file to `url`, which must answer within `timeout` milliseconds. */
export const webhookInspector = (url: string, timeout: number): Inspector => ({
  name: 'webhook',
  appliesTo: () => true,
  inspect: async (file) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: factsOf(file),
      body: ReadableStream.from(copiesOf(file)),
      duplex: 'half',
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) throw new Error(`the hook answered with status ${response.status}`);
    judge(JSON.parse(await textOf(response)), file.sha256);
  },
});

/** The name is percent-encoded UTF-8, since headers are ASCII. */
const factsOf = ({ name, kind, mimeType, size }: StagedFile): Record<string, string> => ({
  'content-type': 'application/octet-stream',
  'exchange-name': encodeURIComponent(name),
  'exchange-kind': kind,
  'exchange-type': mimeType,
  'exchange-size': String(size),
});

/** The vault uses the memory of its chunks again, and `fetch` reads ahead. */
async function* copiesOf(file: StagedFile): AsyncGenerator<Uint8Array> {
  for await (const chunk of file.read(0, file.size)) yield Uint8Array.from(chunk);
}

async function textOf(response: Response): Promise<string> {
  let size = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maxAnswerSize) throw new Error('the answer of the hook is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Accepts only with the SHA-256 of the file, which the hook was not told: it has read all of the bytes. */
function judge(answer: unknown, sha256: string): void {
  const { verdict, sha256: seen } = (answer ?? {}) as { verdict?: unknown; sha256?: unknown };
  if (verdict === 'accept' && seen === sha256) return;
  if (verdict === 'accept') throw new Error('the hook accepted a file of another SHA-256');
  if (verdict === 'refuse') throw new Problem('file-refused', { reason: 'hook-refused' });
  if (verdict === 'hold') throw new Problem('file-refused', { reason: 'hook-held' });
  throw new Error('the hook answered without a verdict');
}
