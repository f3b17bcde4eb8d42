/** A site of another origin that posts a form to us, like the share target of a device. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';

export interface OtherSite {
  readonly url: string;
  /** Navigates to the site and posts files, by their names, and text fields. */
  share(page: Page, names: readonly string[], words?: Readonly<Record<string, string>>): Promise<void>;
  close(): void;
}

/** Each file contains `from <name>`. */
const script = `(address, names, words) => {
  const form = document.querySelector('form');
  const data = new DataTransfer();
  for (const name of names)
    data.items.add(new File(['from ' + name], name, { type: 'text/plain' }));
  form.elements.file.files = data.files;
  for (const [name, value] of Object.entries(words))
    form.append(Object.assign(document.createElement('input'), { name, value }));
  form.action = address;
  form.submit();
}`;

export async function openOtherSite(address: string): Promise<OtherSite> {
  const server = createServer((_request, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end(
        '<meta charset="utf-8"><link rel="icon" href="data:,"><form method="post" enctype="multipart/form-data"><input type="file" name="file" multiple></form>',
      );
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    share: async (page, names, words = {}) => {
      await page.goto(url);
      const parameters = [address, names, words].map((one) => JSON.stringify(one)).join();
      await Promise.all([
        page.waitForURL((now) => now.href.startsWith(new URL(address).origin)),
        page.evaluate(`(${script})(${parameters})`),
      ]);
    },
    close: () => server.close(),
  };
}
