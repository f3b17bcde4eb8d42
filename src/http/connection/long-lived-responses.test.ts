import { expect, it } from 'vitest';
import { createLongLivedResponses } from './long-lived-responses.ts';

it('ends every open response, and each one added after that once its caller knows how to remove it', async () => {
  const responses = createLongLivedResponses();
  const ended: string[] = [];
  responses.add(() => void ended.push('first'));
  const remove = responses.add(() => void ended.push('removed'));
  remove();
  responses.endAll();
  expect(ended).toEqual(['first']);
  const removeLate = responses.add(() => {
    removeLate();
    ended.push('late');
  });
  responses.add(() => void ended.push('removed late'))();
  await Promise.resolve();
  expect(ended).toEqual(['first', 'late']);
});
