import { expect, it } from 'vitest';
import { numberMark, postForm, prepare, request, takenMark, writeNumber } from './request-plan.ts';

it('says the length that its body has', () => {
  const { bytes } = prepare(postForm('/api/upload', 1000));
  const text = bytes.toString('latin1');
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  expect(Number(/Content-Length: (\d+)/.exec(text)?.[1])).toBe(body.length);
});

it('has a file of the size, which begins with its number', () => {
  const { bytes, numbersAt } = prepare(postForm('/api/upload', 1000));
  for (const at of numbersAt) writeNumber(bytes, at, 47);
  const form = bytes.toString('latin1');
  const file = form.slice(form.lastIndexOf('\r\n\r\n') + 4, form.lastIndexOf('\r\n--'));
  expect(file).toHaveLength(1000);
  expect(file).toMatch(/^000000000047[a-z\n]+$/);
  expect(form).toContain('filename="000000000047.txt"');
  expect(form).not.toContain(numberMark);
});

it('knows where a ticket goes', () => {
  const { bytes, takenAt } = prepare(request('GET /', [`Authorization: Bearer ${takenMark}`]));
  expect(takenAt).toEqual([bytes.indexOf(takenMark)]);
});
