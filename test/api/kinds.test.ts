/** Draws by kind through HTTP: with a ticket and without, wishes that change, and bad input. */
import { describe, expect, it } from 'vitest';
import { closingApps } from '../setup/closing-apps.ts';
import { fileOf, formOf, type TestApp } from '../setup/test-app.ts';

const open = closingApps();

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** A picture with bytes of its own. */
const picture = (name: string) => fileOf(`${name}.png`, Buffer.concat([png, Buffer.from(name)]));

const likeMine = { match: 'kind' } as const;

const code = async (answer: Response) => ((await answer.json()) as { type: string }).type.split('#')[1];

async function kindStats({ client }: TestApp, kind: string) {
  return (await client.poolStats()).kinds.find((one) => one.kind === kind);
}

describe('a draw by kind', () => {
  it('gives a picture for a picture in one request', async () => {
    const app = await open();
    await app.upload('words.txt', 'words');
    await app.client.upload(picture('theirs'));
    const form = new FormData();
    const { bytes, name } = picture('mine');
    form.append('file', bytes, name);
    const answer = await fetch(`${app.url}/api/exchange?match=kind`, { method: 'POST', body: form });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('theirs.png');
  });

  it('waits for a picture, and takes anything after a change of mind', async () => {
    const app = await open();
    const words = await app.upload('words.txt', 'words');
    expect(words.status).toBe(200);
    const { ticket } = await app.client.give(picture('mine'), { wish: likeMine });
    expect(await app.client.draw(ticket)).toBeUndefined();
    expect(await app.client.ticket(ticket)).toMatchObject({ state: 'waiting', kinds: ['image'] });
    expect(await app.client.draw(ticket, { wish: { kind: 'image,audio' } })).toBeUndefined();
    expect(await app.client.ticket(ticket)).toMatchObject({ state: 'waiting', kinds: ['image', 'audio'] });
    expect(await app.client.draw(ticket, { wish: { kind: 'any' } })).toMatchObject({ name: 'words.txt' });
    expect(await app.client.ticket(ticket)).not.toHaveProperty('kinds');
  });

  it('is served while it waits', async () => {
    const app = await open();
    const { ticket } = await app.client.give(picture('mine'));
    const waiting = app.client.draw(ticket, { wait: 20, wish: likeMine });
    await app.upload('words.txt', 'words');
    await app.client.upload(picture('theirs'));
    expect(await waiting).toMatchObject({ name: 'theirs.png', kind: 'image' });
  });

  it('takes the kind with and without a ticket, and leaves what is owed', async () => {
    const app = await open();
    await app.upload('words.txt', 'words');
    await app.client.upload(picture('free'));
    const owed = await app.client.give(picture('owed'), { wish: likeMine });
    expect(await kindStats(app, 'image')).toMatchObject({ file_count: 2, free_count: 1 });
    expect((await fetch(`${app.url}/api/download?kind=image`, { method: 'HEAD' })).status).toBe(200);
    const drawn = await fetch(`${app.url}/api/download?kind=image`);
    expect(drawn.status).toBe(200);
    expect(await kindStats(app, 'image')).toMatchObject({ file_count: 1, free_count: 0 });
    expect((await fetch(`${app.url}/api/download?kind=image`, { method: 'HEAD' })).status).toBe(404);
    expect((await fetch(`${app.url}/api/download?kind=image`)).status).toBe(404);
    const other = await app.client.give(fileOf('b.txt', 'b'));
    const withTicket = { headers: { authorization: `Bearer ${other.ticket}` } };
    expect((await fetch(`${app.url}/api/download?kind=image`, withTicket)).status).toBe(404);
    expect((await app.client.ticket(other.ticket)).state).toBe('waiting');
    const words = await fetch(`${app.url}/api/download?kind=any`, withTicket);
    expect(words.headers.get('content-disposition')).toContain('words.txt');
    expect((await app.client.ticket(owed.ticket)).state).toBe('open');
  });

  it('refuses an unknown kind, keeps nothing and draws nothing', async () => {
    const app = await open();
    await app.upload('words.txt', 'words');
    for (const query of [
      'kind=song',
      'kind=',
      'kind=image,',
      'match=size',
      'match=kind&kind=image',
      'kind=any,image',
    ]) {
      const given = await fetch(`${app.url}/api/exchange?${query}`, { method: 'POST', body: formOf('a.txt', 'a') });
      expect([query, given.status, await code(given)]).toEqual([query, 400, 'kind-unknown']);
      const drawn = await fetch(`${app.url}/api/download?${query}`);
      expect([query, drawn.status]).toEqual([query, 400]);
    }
    const { ticket } = await app.client.give(fileOf('b.txt', 'b'));
    await expect(app.client.draw(ticket, { wish: { kind: 'song' } })).rejects.toMatchObject({ code: 'kind-unknown' });
    // Nothing is given for which the draw could match.
    expect((await fetch(`${app.url}/api/download?match=kind`)).status).toBe(400);
    expect(await app.client.poolStats()).toMatchObject({ file_count: 2, given_total: 2 });
  });

  it('accepts a kind in any case, several of them, and all of them', async () => {
    const app = await open();
    await app.upload('words.txt', 'words');
    const { ticket } = await app.client.give(picture('mine'));
    const all = 'text,pdf,image,document,audio,video,archive,code,other';
    const answer = await fetch(`${app.url}/api/draws?kind=IMAGE&kind=audio`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ticket}` },
    });
    expect(answer.status).toBe(404);
    expect(await app.client.ticket(ticket)).toMatchObject({ kinds: ['image', 'audio'] });
    expect(await app.client.draw(ticket, { wish: { kind: all } })).toMatchObject({ name: 'words.txt' });
  });
});
