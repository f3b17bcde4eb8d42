import { expect, it } from 'vitest';
import { createLongLivedResponses } from './long-lived-responses.ts';

it('ends every open response, and each one added after that', () => {
  const responses = createLongLivedResponses();
  const ended: string[] = [];
  responses.add(() => void ended.push('first'));
  const remove = responses.add(() => void ended.push('removed'));
  remove();
  responses.endAll();
  responses.add(() => void ended.push('late'));
  expect(ended).toEqual(['first', 'late']);
});
