/** The four endpoints of the first version, used as its clients use them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formOf, openTestApp, type TestApp } from '../setup/test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openTestApp();
});
afterAll(() => app.close());

const get = (path: string) => fetch(app.url + path);
// biome-ignore lint/suspicious/noExplicitAny: what the answer holds is what the test is about
const json = async (answer: Response): Promise<any> => answer.json();
const stats = async () => json(await get('/api/pool/stats'));

async function drain(): Promise<void> {
  while ((await get('/api/download')).ok);
}

describe('the first version', () => {
  it('serves a page at /', async () => {
    const answer = await get('/');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
  });

  it('counts an empty pool', async () => {
    expect(await stats()).toMatchObject({
      file_count: 0,
      total_size: 0,
      unique_types: 0,
      file_types: [],
    });
  });

  it('accepts an upload and describes it', async () => {
    const answer = await app.upload('notes.TXT', 'hello');
    expect(answer.status).toBe(200);
    const body = await json(answer);
    expect(body).toMatchObject({
      success: true,
      original_filename: 'notes.TXT',
      size: 5,
      mime_type: 'text/plain',
    });
    expect(body.filename).toMatch(/\.txt$/);
    expect(await stats()).toMatchObject({
      file_count: 1,
      // Rounded, as the pool is small.
      total_size: 1024,
      unique_types: 1,
      file_types: ['txt'],
    });
  });

  it('serves the file once, under its own name', async () => {
    const answer = await get('/api/download');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=notes.TXT');
    expect(await answer.text()).toBe('hello');
    expect((await stats()).file_count).toBe(0);
  });

  it('answers 404 with an error for an empty pool', async () => {
    const answer = await get('/api/download');
    expect(answer.status).toBe(404);
    expect(typeof (await json(answer)).error).toBe('string');
  });

  it('keeps files of the same name apart', async () => {
    const names = await Promise.all(
      [1, 2].map(async (n) => (await json(await app.upload('same.txt', `${n}`))).filename),
    );
    expect(new Set(names).size).toBe(2);
    const texts = [await (await get('/api/download')).text(), await (await get('/api/download')).text()];
    expect(texts.sort()).toEqual(['1', '2']);
  });

  it('counts extensions in lower case, and files without one as unknown', async () => {
    for (const name of ['a.PDF', 'b.pdf', 'README', 'c.csv']) await app.upload(name, `text of ${name}`);
    expect(await stats()).toMatchObject({
      file_count: 4,
      unique_types: 3,
      file_types: ['csv', 'pdf', 'unknown'],
    });
    await drain();
    expect(await stats()).toMatchObject({ file_count: 0, unique_types: 0, file_types: [] });
  });

  it.each([
    ['no file', () => new FormData(), 400],
    ['a field that is no file', () => formWith('file', 'just text'), 400],
    ['another field', () => formWith('upload', 'just text'), 400],
    ['no name', () => formOf('', 'x'), 400],
    ['a program', () => formOf('tool.exe', 'MZ'), 415],
  ])('refuses %s with a JSON error', async (_what, form, status) => {
    const answer = await fetch(`${app.url}/api/upload`, { method: 'POST', body: form() });
    expect(answer.status).toBe(status);
    const { error } = await json(answer);
    expect(error).toMatch(/\w{3,}.*\.$/s);
    expect((await stats()).file_count).toBe(0);
  });

  it('accepts every file type of the first version', async () => {
    const types = 'txt pdf png jpg jpeg gif doc docx mp3 mp4 avi mov zip rar 7z py js html css json xml csv xlsx pptx';
    for (const type of types.split(' ')) {
      const answer = await app.upload(`file.${type}`, new Uint8Array([0, 1, 2, 250, 251, type.length]));
      expect([type, answer.status]).toEqual([type, 200]);
    }
    expect((await stats()).file_types).toEqual(types.split(' ').sort());
    await drain();
  });

  it('allows requests from other origins', async () => {
    const answer = await fetch(`${app.url}/api/pool/stats`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const preflight = await fetch(`${app.url}/api/upload`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.ok).toBe(true);
  });
});

function formWith(field: string, text: string): FormData {
  const form = new FormData();
  form.append(field, text);
  return form;
}
