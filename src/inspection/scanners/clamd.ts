/** A client of ClamAV's daemon (clamd(8), command INSTREAM). Any answer but a clean one is none. */
import { connect, type Socket } from 'node:net';
import { Problem } from '../../contract/problems/problem.ts';
import type { Inspector, StagedFile } from '../staged-file.ts';

/** Where clamd listens: `tcp://host:port` or `unix:///path`. */
export type ClamdAddress = { readonly path: string } | { readonly host: string; readonly port: number };

const maxAnswerSize = 4096;

/** Sends each file to clamd, which must answer within `timeout` milliseconds. */
export const clamdInspector = (address: ClamdAddress, timeout: number): Inspector => ({
  name: 'clamd',
  appliesTo: () => true,
  inspect: async (file) => {
    const answer = await askClamd(address, file, AbortSignal.timeout(timeout));
    if (answer === 'stream: OK') return;
    if (/^stream: .+ FOUND$/.test(answer)) throw new Problem('file-refused', { reason: 'malware' });
    throw new Error(`clamd answered "${answer}"`);
  },
});

async function askClamd(address: ClamdAddress, file: StagedFile, signal: AbortSignal): Promise<string> {
  const socket = connect(address);
  const abort = () => socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const answer = readAnswer(socket);
  // The answer may fail while bytes are still being sent.
  answer.catch(() => undefined);
  try {
    await sendFile(socket, file);
    return await answer;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** Sends chunks with their lengths in four bytes, and an empty one at the end. */
async function sendFile(socket: Socket, file: StagedFile): Promise<void> {
  await send(socket, Buffer.from('zINSTREAM\0'));
  for await (const chunk of file.read(0, file.size)) {
    // An answer before the end is about a part of the file.
    if (socket.bytesRead > 0) throw new Error('clamd answered before the end of the file');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(chunk.length);
    await send(socket, Buffer.concat([length, chunk]));
  }
  if (socket.bytesRead > 0) throw new Error('clamd answered before the end of the file');
  await send(socket, Buffer.alloc(4));
}

function send(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('clamd closed the connection'));
    socket.once('close', onClose);
    socket.write(bytes, (error) => {
      socket.off('close', onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** The answer, which ends with a zero byte. Rejects if the connection ends before. */
async function readAnswer(socket: Socket): Promise<string> {
  let answer = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answer += chunk.toString('latin1');
    const end = answer.indexOf('\0');
    if (end >= 0) return answer.slice(0, end).trim();
    if (answer.length > maxAnswerSize) throw new Error('the answer of clamd is too long');
  }
  throw new Error('clamd closed the connection without an answer');
}
