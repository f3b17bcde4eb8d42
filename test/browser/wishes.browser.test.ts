/** The choice of what comes in return: a file of the same kind, and a change of mind. */
import { describe, expect, it } from 'vitest';
import { accessibilityViolations, horizontalOverflow } from '../setup/accessibility.ts';
import { createVisitors } from '../setup/visitors.ts';

const { visit } = createVisitors();

const choice = 'In return, I get';

describe('a visitor who asks for a file of the same kind', () => {
  it('waits for one, is served, and finds the choice again', async () => {
    const [ada, ben, eve] = [await visit(), await visit(), await visit()];
    await ben.give('notes.csv', 'a,b\n1,2\n3,4\n', 'text/csv');
    await ada.page.getByLabel(choice).selectOption('kind');
    await ada.keepMetadata();
    expect(await accessibilityViolations(ada.page)).toEqual([]);
    expect(await horizontalOverflow(ada.page)).toBe(0);
    await ada.give('page.html', '<!doctype html><title>Ada</title><p>Ada was here.');
    await ada.sees('You asked for: code.');
    await eve.page.getByLabel(choice).selectOption('kind');
    await eve.keepMetadata();
    await eve.give('main.html', '<!doctype html><title>Eve</title><p>Eve was here.');
    await ada.sees('main.html');
    await eve.sees('page.html');
    await ada.save();
    await ada.button('Give another').click();
    expect(await ada.page.getByLabel(choice).inputValue()).toBe('kind');
    await ada.page.getByLabel(choice).selectOption('');
    await ada.page.reload();
    expect(await ada.page.getByLabel(choice).inputValue()).toBe('');
  });

  it('can take anything instead', async () => {
    const [ada, ben] = [await visit(), await visit()];
    await ben.give('notes of ben.csv', 'a,b\n1,2\n3,4\n', 'text/csv');
    await ada.page.getByLabel(choice).selectOption('kind');
    await ada.keepMetadata();
    await ada.give('page of ada.html', '<!doctype html><title>Ada</title><p>Ada again.');
    await ada.sees('You asked for: code.');
    await ada.button('Take anything instead').click();
    await ada.sees('.csv');
  });
});
