import { expect, it } from 'vitest';
import { captureMark, numberMark, postForm, prepareRequest, request, writeNumber } from './request-plan.ts';

it('announces the length of its body', () => {
  const { bytes } = prepareRequest(postForm('/api/upload', 1000));
  const text = bytes.toString('latin1');
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  expect(Number(/Content-Length: (\d+)/.exec(text)?.[1])).toBe(body.length);
});

it('has a file of the given size that begins with its number', () => {
  const { bytes, numbersAt } = prepareRequest(postForm('/api/upload', 1000));
  for (const at of numbersAt) writeNumber(bytes, at, 47);
  const form = bytes.toString('latin1');
  const file = form.slice(form.lastIndexOf('\r\n\r\n') + 4, form.lastIndexOf('\r\n--'));
  expect(file).toHaveLength(1000);
  expect(file).toMatch(/^000000000047[a-z\n]+$/);
  expect(form).toContain('filename="000000000047.txt"');
  expect(form).not.toContain(numberMark);
});

it('finds the place of a captured ticket', () => {
  const { bytes, capturesAt } = prepareRequest(request('GET /', [`Authorization: Bearer ${captureMark}`]));
  expect(capturesAt).toEqual([bytes.indexOf(captureMark)]);
});
