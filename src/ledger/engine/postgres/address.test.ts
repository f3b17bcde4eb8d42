import { expect, it } from 'vitest';
import { describeDatabase } from './address.ts';

it.each([
  ['postgres://user:password@db.example.org:5433/name', 'db.example.org:5433/name'],
  ['postgres://user@/name?host=/run/postgresql', '/run/postgresql/name'],
  ['postgres://%2Frun%2Fpostgresql/name', '/run/postgresql/name'],
  ['postgres:///name', 'localhost/name'],
])('describes %s as %s', (url, description) => {
  expect(describeDatabase(url)).toBe(description);
});
