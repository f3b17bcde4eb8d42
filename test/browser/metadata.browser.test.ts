/** The choice to remove metadata: on from the start, remembered, and followed by a receipt. */
import { expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { exifBlock, jpegPicture, jpegSegment } from '../../src/inspection/testing/pictures.ts';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import { chooseFiles, confirmOffer } from '../setup/offer.ts';
import { createVisitors } from '../setup/visitors.ts';

const visitors = createVisitors();
const { visit } = visitors;
const filesInPool = async () => (await createClient(visitors.url).poolStats()).file_count;

const choice = 'Remove place and camera data';
const { start, jfif, coded, end } = jpegPicture;
const exif = jpegSegment(0xe1, Buffer.concat([Buffer.from('Exif\0\0'), exifBlock(1, 'Planted Person')]));
const photo = (mark: string) => Buffer.concat([start, jfif, exif, coded, Buffer.from(mark), end]);
const cleaned = (mark: string) => Buffer.concat([start, jfif, coded, Buffer.from(mark), end]);

it('metadata goes unless the giver lets it stay, and a receipt says what went', async () => {
  const [ada, ben] = [await visit(), await visit()];
  await ada.choose('of ada.jpg', photo('ada'), 'image/jpeg');
  await ada.sees('Give this file?');
  expect(await ada.page.getByLabel(choice).isChecked()).toBe(true);
  await ada.button('Give it').click();
  await ada.sees('Taken out of your file: data of the camera.');
  expect(await accessibilityViolations(ada.page)).toEqual([]);
  expect(await horizontalOverflow(ada.page)).toBe(0);
  await ben.choose('of ben.jpg', photo('ben'), 'image/jpeg');
  await ben.page.getByLabel(choice).focus();
  await ben.page.keyboard.press('Space');
  await ben.page.reload();
  await ben.choose('of ben.jpg', photo('ben'), 'image/jpeg');
  await ben.sees('Give this file?');
  expect(await ben.page.getByLabel(choice).isChecked()).toBe(false);
  await ben.button('Give it').click();
  await ben.sees('of ada.jpg');
  expect((await ben.save()).bytes).toEqual(cleaned('ada'));
  await ada.sees('of ben.jpg');
  // The receipt stays with the parcel, since it may arrive at once.
  await ada.sees('Taken out of your file: data of the camera.');
  expect((await ada.save()).bytes).toEqual(photo('ben'));
  expect(await ben.page.getByText('Taken out').count()).toBe(0);
});

it('a file that cannot be cleaned is given as it is only if its giver says so', async () => {
  const ada = await visit();
  await ada.give('things.dat', Buffer.from([0, 1, 2, 3, 4]), 'application/octet-stream');
  await ada.sees('We cannot take out what that file says about you.');
  expect(await filesInPool()).toBe(0);
  expect(await accessibilityViolations(ada.page)).toEqual([]);
  await ada.button('Give it as it is').click();
  await ada.sees('things.dat');
  await ada.sees('Yours is on the shelf');
  expect(await filesInPool()).toBe(1);
});

const cannot = 'We cannot take out what this file says about you.';
const paper = { name: 'paper.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\n%%EOF\n') };

it('a file whose type has no cleaner is asked about with a word on that, and given as it is', async () => {
  const ada = await visit();
  const given = async () => (await createClient(visitors.url).poolStats()).given_total;
  const before = await given();
  await ada.choose(paper.name, paper.buffer, paper.mimeType);
  await ada.sees(cannot);
  expect(await ada.page.getByLabel(choice).isChecked()).toBe(false);
  expect(await ada.page.getByLabel(choice).isDisabled()).toBe(true);
  expect(await accessibilityViolations(ada.page)).toEqual([]);
  await ada.button('Give it').click();
  await expect.poll(given).toBe(before + 1);
  expect(await ada.page.getByText('Nothing was kept').count()).toBe(0);
});

it('in a batch such a file is named first, the others are cleaned, and a refused one can be given as it is', async () => {
  const ada = await visit();
  await chooseFiles(ada.page, [
    { name: 'of eve.jpg', mimeType: 'image/jpeg', buffer: photo('eve') },
    { name: 'stuff.dat', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 1, 2, 3, 5]) },
    { ...paper, buffer: Buffer.from('%PDF-1.6\n%%EOF\n') },
    { name: 'setup.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('no') },
  ]);
  await ada.sees('Give these 3 files?');
  await ada.button('Give all 3').waitFor();
  const rows = await ada.page.locator('.offered > li').allInnerTexts();
  expect(rows.map((row) => row.split(/\s/)[0])).toEqual(['paper.pdf', 'setup.exe', 'of', 'stuff.dat']);
  expect(rows.filter((row) => row.includes(cannot))).toHaveLength(1);
  expect(await ada.page.getByLabel(choice).isChecked()).toBe(true);
  await confirmOffer(ada.page);
  await ada.sees('2 of 4 given, 2 refused');
  await ada.button('Give it as it is').click();
  await ada.sees('3 of 4 given, 1 refused');
});
