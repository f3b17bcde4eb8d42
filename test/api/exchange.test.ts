/** The exchange in one request, withdrawal, and waiting draws. */
import { describe, expect, it } from 'vitest';
import { closingApps } from '../setup/closing-apps.ts';
import { fileOf, formOf, waitUntil } from '../setup/test-app.ts';

const open = closingApps();

describe('exchange in one request', () => {
  it('returns a file with its ticket and the address to resume', async () => {
    const app = await open();
    await app.upload('theirs.txt', 'theirs');
    const answer = await fetch(`${app.url}/api/exchange`, {
      method: 'POST',
      body: formOf('mine.txt', 'mine'),
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('theirs');
    expect(answer.headers.get('exchange-ticket')).toMatch(/^t_/);
    expect(answer.headers.get('exchange-giver')).toMatch(/^g_/);
    const again = await fetch(app.url + answer.headers.get('content-location'));
    expect(await again.text()).toBe('theirs');
  });

  it('returns 202 and a waiting ticket if there is no other gift', async () => {
    const app = await open();
    const answer = await fetch(`${app.url}/api/exchange`, {
      method: 'POST',
      body: formOf('mine.txt', 'mine'),
    });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=ticket-[0-9a-f]{8}\.json$/);
    const { ticket } = (await answer.json()) as { ticket: string };
    expect((await app.client.ticket(ticket)).state).toBe('waiting');
  });

  it('accepts a raw body with a name', async () => {
    const app = await open();
    const answer = await fetch(`${app.url}/api/exchange?name=r%C3%A9sum%C3%A9.txt`, {
      method: 'POST',
      body: 'raw',
      headers: { accept: 'application/json' },
    });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ gift: { name: 'résumé.txt', size: 3 } });
    const header = await fetch(`${app.url}/api/exchange`, {
      method: 'POST',
      body: 'raw too',
      headers: {
        accept: 'application/json',
        'content-disposition': "attachment; filename*=UTF-8''na%C3%AFve.md",
      },
    });
    expect(await header.json()).toMatchObject({ gift: { name: 'naïve.md' } });
  });

  it('withdraws a gift only until it is drawn', async () => {
    const app = await open();
    const { ticket } = await app.client.give(fileOf('a.txt', 'a'));
    await app.client.withdraw(ticket);
    expect(await app.client.ticket(ticket)).toMatchObject({
      state: 'withdrawn',
      gift: { fate: 'withdrawn' },
    });
    await expect(app.client.draw(ticket)).rejects.toMatchObject({ code: 'ticket-withdrawn' });
    expect(await app.client.poolStats()).toMatchObject({ file_count: 0, free_count: 0 });

    const mine = await app.client.give(fileOf('b.txt', 'b'));
    const theirs = await app.client.give(fileOf('c.txt', 'c'));
    await app.client.draw(theirs.ticket);
    await expect(app.client.withdraw(mine.ticket)).rejects.toMatchObject({ code: 'gift-drawn' });
    await expect(app.client.withdraw(theirs.ticket)).rejects.toMatchObject({ code: 'draw-made' });
  });

  it('holds a draw with Prefer: wait open until there is a gift', async () => {
    const app = await open();
    const { ticket } = await app.client.give(fileOf('mine.txt', 'mine'));
    const drawn = app.client.draw(ticket, { wait: 30 });
    await waitUntil(async () => (await app.client.ticket(ticket)).state === 'waiting');
    await app.upload('theirs.txt', 'theirs');
    expect((await drawn)?.name).toBe('theirs.txt');
  });
});
