import { expect, it } from 'vitest';
import { createLongLivedResponses } from './long-lived-responses.ts';

it('ends every answer that is held open, and those that come too late', () => {
  const held = createLongLivedResponses();
  const ended: string[] = [];
  held.add(() => void ended.push('first'));
  const forget = held.add(() => void ended.push('forgotten'));
  forget();
  held.endAll();
  held.add(() => void ended.push('late'));
  expect(ended).toEqual(['first', 'late']);
});
