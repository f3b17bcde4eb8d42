import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openMail } from './mail.ts';

let server: Server;
const sockets: Socket[] = [];
beforeEach(async () => {
  server = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

it('gives up a mail server that takes the connection and says nothing', async () => {
  const { port } = server.address() as AddressInfo;
  const setup = { from: 'exchange@example.org', pageUrl: 'http://localhost/', patience: 100 };
  const mail = openMail({ ...setup, smtpUrl: `smtp://127.0.0.1:${port}` });
  await expect(mail.sendLink('ada@example.org', 'token', 'en')).rejects.toMatchObject({ code: 'mail-failing' });
  mail.close();
});
