/**
 * The least that a Node.js server can do: hashes and drops uploads, sends downloads from memory. Run as `bare.ts PORT`;
 * `GET /4096` returns that many bytes.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const [port] = process.argv.slice(2);
const answers = new Map<number, Buffer>();

function answerOf(size: number): Buffer {
  const answer = answers.get(size) ?? Buffer.alloc(size, 'a');
  answers.set(size, answer);
  return answer;
}

createServer((request, response) => {
  if (request.method === 'GET') {
    response.end(answerOf(Number(request.url?.slice(1))));
    return;
  }
  const hash = createHash('sha256');
  request.on('data', (chunk) => hash.update(chunk));
  request.on('end', () => response.end(hash.digest('hex')));
}).listen(Number(port), '127.0.0.1');
