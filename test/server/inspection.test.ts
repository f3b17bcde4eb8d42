/** The built program starts the workers that look through archives. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { zipArchive } from '../../src/inspection/testing/archives.ts';
import { type Service, startService } from '../setup/service.ts';
import { formOf } from '../setup/test-app.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

it('refuses an archive with a program in it', async () => {
  const give = (name: string) =>
    fetch(`${service.url}/api/upload`, {
      method: 'POST',
      body: formOf('a.zip', zipArchive([{ name, bytes: 'x' }])),
    });
  expect((await give('a.txt')).status).toBe(200);
  expect((await give('a.exe')).status).toBe(415);
});
