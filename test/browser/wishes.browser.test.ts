/** The choice of what comes in return: a file of the same kind, and a change of mind. */
import { describe, expect, it } from 'vitest';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import type { Visitor } from '../setup/visitor.ts';
import { createVisitors } from '../setup/visitors.ts';

const { visit } = createVisitors();

const choice = 'In return, I get';
/** Not all formats can be cleaned. */
const keepMetadata = ({ page }: Visitor) => page.getByLabel('Remove place and camera data').uncheck();

describe('a visitor who asks for a file of the same kind', () => {
  it('waits for one, is served, and finds the choice again', async () => {
    const [ada, ben, eve] = [await visit(), await visit(), await visit()];
    await ben.give('notes.csv', 'a,b\n1,2\n3,4\n', 'text/csv');
    await ada.choose('page.html', '<!doctype html><title>Ada</title><p>Ada was here.');
    await ada.page.getByLabel(choice).selectOption('kind');
    await keepMetadata(ada);
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await horizontalOverflow(ada.page)).toBe(0);
    await ada.button('Give it').click();
    await ada.sees('You asked for: code.');
    await eve.choose('main.html', '<!doctype html><title>Eve</title><p>Eve was here.');
    await eve.page.getByLabel(choice).selectOption('kind');
    await keepMetadata(eve);
    await eve.button('Give it').click();
    await ada.sees('main.html');
    await eve.sees('page.html');
    await ada.save();
    await ada.button('Give another').click();
    await ada.choose('next.txt', 'next');
    expect(await ada.page.getByLabel(choice).inputValue()).toBe('kind');
    await ada.page.getByLabel(choice).selectOption('');
    await ada.page.reload();
    await ada.choose('next.txt', 'next');
    expect(await ada.page.getByLabel(choice).inputValue()).toBe('');
  });

  it('can take anything instead', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ben.give('notes of ben.csv', 'a,b\n1,2\n3,4\n', 'text/csv');
    await ada.choose('page of ada.html', '<!doctype html><title>Ada</title><p>Ada again.');
    await ada.page.getByLabel(choice).selectOption('kind');
    await keepMetadata(ada);
    await ada.button('Give it').click();
    await ada.sees('You asked for: code.');
    await ada.button('Take anything instead').click();
    await ada.sees('.csv');
  });
});
