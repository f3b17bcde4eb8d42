import { describe, expect, it } from 'vitest';
import { createReservations, reserve } from './reservations.ts';

const mebibyte = 1024 ** 2;
const full = expect.objectContaining({ code: 'storage-full' });
const tooMany = expect.objectContaining({ code: 'too-many-requests', retryAfter: expect.any(Number) });

describe('reserve', () => {
  it('lets 40 uploads of 50 MB reserve no more than the room above the floor', () => {
    const reservations = createReservations();
    const room = (898 - 256) * mebibyte;
    const upload = { maxSize: 50_000_000, client: undefined };
    let taken = 0;
    for (let n = 0; n < 40; n++) {
      try {
        reserve(reservations, upload, room);
        taken += 1;
      } catch (error) {
        expect(error).toEqual(full);
      }
    }
    expect(taken).toBe(Math.floor(room / upload.maxSize));
    expect(reservations.total).toBeLessThanOrEqual(room);
  });

  it('releases what it reserved', () => {
    const reservations = createReservations();
    const upload = { maxSize: 60, client: 'a' };
    const release = reserve(reservations, upload, 100);
    expect(() => reserve(reservations, { maxSize: 60, client: 'b' }, 100)).toThrow(full);
    release();
    expect(reservations).toEqual(createReservations());
    reserve(reservations, { maxSize: 60, client: 'b' }, 100);
  });

  it('gives each client a share, and one upload in any case', () => {
    const reservations = createReservations();
    const room = 1_000;
    reserve(reservations, { maxSize: 400, client: 'a' }, room);
    expect(() => reserve(reservations, { maxSize: 1, client: 'a' }, room)).toThrow(tooMany);
    for (let n = 0; n < 5; n++) reserve(reservations, { maxSize: 10, client: 'b' }, room);
    expect(() => reserve(reservations, { maxSize: 10, client: 'b' }, room)).toThrow(tooMany);
    for (let n = 0; n < 6; n++) reserve(reservations, { maxSize: 10, client: undefined }, room);
  });

  it('refuses even nothing below the floor', () => {
    expect(() => reserve(createReservations(), { maxSize: 0, client: undefined }, -1)).toThrow(full);
  });
});
