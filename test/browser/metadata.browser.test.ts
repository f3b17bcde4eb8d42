/** The choice to remove metadata: on from the start, remembered, and followed by a receipt. */
import { expect, it } from 'vitest';
import { createClient } from '../../src/contract/client.ts';
import { exifBlock, jpegPicture, jpegSegment } from '../../src/inspection/testing/pictures.ts';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
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
  await ada.sees('Taken out of your file: EXIF Model.');
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
  await ada.sees('Taken out of your file: EXIF Model.');
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
  await ada.sees('Your file is on the shelf.');
  expect(await filesInPool()).toBe(1);
});
