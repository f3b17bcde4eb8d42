import { beforeEach, describe, expect, it } from 'vitest';
import { type ProblemCode, problems } from '../../contract/problems/codes.ts';
import { Problem } from '../../contract/problems/problem.ts';
import { type RejectionReason, rejectionReasons } from '../../contract/problems/rejection-reasons.ts';
import { failureOf } from '../failures.ts';
import account from './locales/account/en.json';
import en from './locales/en.json';
import room from './locales/room/en.json';
import { addMessages, failureSentence, renderFileName, richText, setCatalogue, t } from './messages.tsx';

beforeEach(() => setCatalogue(en));

describe('a failure', () => {
  it.each(Object.keys(problems) as ProblemCode[])('has a sentence for %s', (code) => {
    addMessages('account', account);
    addMessages('room', room);
    expect(failureSentence(failureOf(new Problem(code)))).toMatch(/^[A-Z].*\.$/);
  });

  it.each(Object.entries(rejectionReasons).filter(([, { of }]) => of === 'executable-refused'))(
    'names the kind of program: %s',
    (reason, { sentence }) => {
      const problem = new Problem('executable-refused', {
        reason: reason as RejectionReason,
        extension: 'x',
      });
      expect(failureSentence(failureOf(problem))).toBe(sentence.replace('{extension}', 'x'));
    },
  );

  it('names the fault of an archive', () => {
    const problem = new Problem('archive-refused', { reason: 'archive-too-deep' });
    expect(failureSentence(failureOf(problem))).toBe(
      'There are too many archives inside one another. Nothing was kept.',
    );
  });

  it('includes the wait', () => {
    const problem = new Problem('too-many-requests', { retryAfter: 7 });
    expect(failureSentence(failureOf(problem))).toMatch(/Wait 7 seconds\.$/);
  });

  it('is a broken connection unless the service has refused', () => {
    expect(failureOf(new TypeError('Failed to fetch'))).toEqual({ code: 'connection' });
  });
});

describe('a message', () => {
  it('comes from the current catalogue', () => {
    expect(t('choose')).toBe('Choose a file');
    setCatalogue({ choose: 'Datei wählen' });
    expect(t('choose')).toBe('Datei wählen');
  });

  it('agrees with its numbers', () => {
    const ever = (given: number) => t('pool.ever', { given, delivered: 1 });
    expect(ever(1)).toBe('1 file given so far; 1 reached a stranger.');
    expect(ever(2000)).toBe('2,000 files given so far; 1 reached a stranger.');
  });

  it('never interprets markup in a name', () => {
    const parts = richText('gave', {
      file: renderFileName,
      name: '<b>{x}</b>',
      size: '1 kB',
    }) as unknown[];
    expect(parts).toContainEqual(
      expect.objectContaining({ props: expect.objectContaining({ children: ['<b>{x}</b>'] }) }),
    );
  });
});
