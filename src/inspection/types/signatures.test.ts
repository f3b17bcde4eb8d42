import { fileTypeFromBuffer } from 'file-type';
import { expect, test, vi } from 'vitest';
import { detect } from './signatures.ts';

vi.mock('file-type', () => ({ fileTypeFromBuffer: vi.fn() }));

test('an error of file-type means that nothing is detected', async () => {
  vi.mocked(fileTypeFromBuffer).mockRejectedValue(new RangeError('Offset out of bounds'));
  expect(await detect(Buffer.from('anything'))).toBeUndefined();
  expect(fileTypeFromBuffer).toHaveBeenCalledOnce();
});

test('detects gzip by its signature without unpacking it', async () => {
  vi.mocked(fileTypeFromBuffer).mockClear();
  expect(await detect(Buffer.from([0x1f, 0x8b, 8, 0]))).toMatchObject({ extension: 'gz' });
  expect(fileTypeFromBuffer).not.toHaveBeenCalled();
});
