/** The step between choosing and giving. */
import type { Page } from 'playwright-core';

type Files = Parameters<Page['setInputFiles']>[1];

const isAsked = `!!document.querySelector('.offer [type=submit]:enabled')`;
const refusals = `[...document.querySelectorAll('.notice, .aside')].map((one) => one.textContent).join()`;

/** Chooses files as the file picker does; the page asks about them. */
export const chooseFiles = (page: Page, files: Files): Promise<void> =>
  page.setInputFiles('input[type=file][multiple]', files);

/** Says yes to the page's question, for which it waits. */
export const confirmOffer = (page: Page): Promise<void> => page.locator('.offer [type=submit]').click();

/** Hands files to the page, and says yes unless it refuses them at once with another sentence than before. */
export async function giveUnlessRefused(page: Page, hand: () => Promise<unknown>): Promise<void> {
  const before = await page.evaluate(refusals);
  await hand();
  const end = Date.now() + 20_000;
  for (;;) {
    // In one question: between two the notice of an earlier refusal may give way to the offer.
    const [isOffered, refusal] = (await page.evaluate(`[${isAsked}, ${refusals}]`)) as [boolean, string];
    if (isOffered) break;
    if (refusal !== '' && refusal !== before) return;
    if (Date.now() > end) throw new Error('The page neither asks about the files nor refuses them.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await confirmOffer(page);
}
