/** Refusals of the service on a phone and a desktop: the page says why, what became of the file, and what to do. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient } from '../../../src/contract/client.ts';
import { expectAccessible } from '../../setup/accessibility.ts';
import { windowsProgram } from '../../setup/files.ts';
import { type Service, startService } from '../../setup/service.ts';
import { createVisitors, desktop, isConnectionFault, phone } from '../../setup/visitors.ts';

const { visit } = createVisitors({ serve: 'by-test', isExpected: isConnectionFault });
const text = (size: number) => 'No room for this. '.repeat(size).slice(0, size);

describe.each([
  ['on a phone', phone],
  ['on a desktop', desktop],
] as const)('%s', (_place, options) => {
  describe('a service with little space', () => {
    let service: Service;
    beforeAll(async () => {
      service = await startService({ MAX_FILE_SIZE: '2MiB', POOL_MAX_BYTES: '1KiB' });
    });
    afterAll(() => service?.stop());

    it('refuses a program and names its kind', async () => {
      const ada = await visit({ ...options, url: service.url });
      await ada.give('photo.jpg', windowsProgram(), 'image/jpeg');
      await ada.sees("That is a Windows program. We don't pass programs on; nothing was kept.");
      await expectAccessible(ada.page, 'refused: a program');
      expect(await ada.button('Try again').count()).toBe(0);
    });

    it('refuses a name that opens something by a double click', async () => {
      const ada = await visit({ ...options, url: service.url });
      await ada.give('invoice.pdf.js', text(9));
      await ada.sees('A file with .js in its name counts as a program.');
      await expectAccessible(ada.page, 'refused: a name');
    });

    it('refuses a file over a limit that the page did not know', async () => {
      const ada = await visit({ ...options, url: service.url });
      await ada.page.route('**/api/pool/*', (route) => route.abort());
      await ada.page.reload();
      await ada.give('large.txt', text(9_000_000));
      await ada.sees('That file has 9 MB; this exchange takes up to 2 MB. Nothing was kept.');
      await expectAccessible(ada.page, 'refused: too large');
    });

    it('refuses a file when the pool is full, and can be retried', async () => {
      const ada = await visit({ ...options, url: service.url });
      await ada.give('much.txt', text(10_000));
      await ada.sees('There is no room on the shelf right now. Nothing was kept');
      await expectAccessible(ada.page, 'refused: no room');
      const asked = ada.page.waitForResponse('**/api/exchange');
      await ada.button('Try again').click();
      expect((await asked).status()).toBe(507);
      await ada.sees('There is no room on the shelf right now. Nothing was kept');
      expect(await createClient(service.url).poolStats()).toMatchObject({ given_total: 0 });
    });
  });

  it('a rate limit shows the wait, and keeps the file', async () => {
    const service = await startService({ GIFTS_PER_MINUTE: '1' });
    const ada = await visit({ ...options, url: service.url });
    await ada.give('first.txt', 'first');
    await ada.button('Take my file back').click();
    await ada.sees('Your file is off the shelf again');
    await ada.give('second.txt', 'second');
    await ada.page
      .getByText(/^You have done this very often.* Wait \d+ seconds?\.$/)
      .first()
      .waitFor();
    await expectAccessible(ada.page, 'refused: too many');
    expect(await ada.button('Try again').count()).toBe(1);
    await service.stop();
  });
});
