/** A mail server that keeps what it gets (RFC 5321, the commands that a client needs). */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface Mail {
  readonly to: string;
  readonly text: string;
}

export interface MailServer {
  readonly url: string;
  readonly mails: readonly Mail[];
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const mails: Mail[] = [];
  const server = createServer((socket) => serve(socket, (mail) => mails.push(mail)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mails,
    close: async () => {
      await once(server.close(), 'close');
    },
  };
}

function serve(socket: Socket, keep: (mail: Mail) => void): void {
  let to = '';
  let lines: string[] | undefined;
  const say = (line: string) => socket.write(`${line}\r\n`);
  socket.on('error', () => undefined);
  say('220 test');
  const take = (line: string) => {
    if (!lines) return;
    if (line !== '.') {
      lines.push(line);
      return;
    }
    keep({ to, text: lines.join('\n') });
    lines = undefined;
    say('250 kept');
  };
  const obey = (line: string) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'RCPT') to = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (verb === 'DATA') lines = [];
    if (verb === 'QUIT') socket.end('221 bye\r\n');
    else say(verb === 'DATA' ? '354 go on' : '250 ok');
  };
  createInterface({ input: socket }).on('line', (line) => (lines ? take(line) : obey(line)));
}

/** The address of the link in a mail. */
export function linkIn({ text }: Mail): string {
  // Quoted-printable (RFC 2045) breaks long lines.
  const plain = text.replaceAll('=\n', '').replaceAll('=3D', '=');
  return /https?:\S+#sign-in=\S+/.exec(plain)?.[0] ?? '';
}

/** The token of the link in a mail, as the page reads it. */
export const tokenIn = (mail: Mail): string => linkIn(mail).split('#sign-in=')[1] ?? '';
