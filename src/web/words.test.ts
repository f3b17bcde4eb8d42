import { expect, it } from 'vitest';
import { Problem, type ProblemCode, problems } from '../contract/problems.ts';
import { whyOf } from './why.ts';
import { sentenceOf } from './words.ts';

it.each(Object.keys(problems) as ProblemCode[])('has a sentence for %s', (code) => {
  expect(sentenceOf(whyOf(new Problem(code)))).toMatch(/^[A-Z].*\.$/);
});

it('lets the service speak where it knows more', () => {
  const detail = "That is a Windows program. We don't pass programs on; nothing was kept.";
  expect(sentenceOf(whyOf(new Problem('executable-refused', { detail })))).toBe(detail);
});

it('says how long to wait', () => {
  const problem = new Problem('too-many-requests', { detail: 'Too fast.', retryAfter: 7 });
  expect(sentenceOf(whyOf(problem))).toBe('Too fast. Wait 7 seconds.');
});

it('takes whatever is no refusal for a broken connection', () => {
  expect(whyOf(new TypeError('Failed to fetch'))).toEqual({ code: 'connection' });
});
