/** The command `rfx doctor`: arguments, exit codes and output. */
import { describe, expect, it } from 'vitest';
import { hashesIn } from '../setup/doctor.ts';
import { faultsIn } from '../setup/doctor-faults.ts';
import { scratchFolder } from '../setup/scratch.ts';
import { runCommand } from '../setup/service.ts';
import { fileOf, openTestApp, type TestApp } from '../setup/test-app.ts';

const { place } = scratchFolder();
const openAt = () => openTestApp({ BUNDLE_UP_TO: '0', MAX_CONNECTIONS_PER_ADDRESS: '1024' }, {}, place('data'));
const { faults } = faultsIn(place);

const rfx = (...argv: string[]) => runCommand(place(), { DATA_DIR: place('data') }, 'doctor', ...argv);

describe('rfx doctor', () => {
  it('prints help and refuses unknown options', async () => {
    expect(await rfx('--help')).toMatchObject({
      code: 0,
      out: expect.stringContaining('--read-data=5%'),
    });
    expect(await rfx('--repiar')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Unknown setting --repiar'),
    });
    for (const wrong of ['--read-data=0%', '--read-data=most', '--read-data=101%', '--repair=yes', '5%'])
      expect(await rfx(wrong)).toMatchObject({ code: 2, out: '' });
    expect(await rfx()).toMatchObject({
      code: 2,
      err: expect.stringContaining('There is no exchange at'),
    });
    expect(await hashesIn(place())).toEqual({});
  });

  it('exits with 0 after hundreds of exchanges, even beside the service, and with 1 after damage', async () => {
    const app = await openAt();
    const strangers = Array.from({ length: 300 }, (_, n) => n);
    await Promise.all(strangers.map((n) => exchange(app, n)));
    await app.upload('left.txt', 'nobody has drawn this one');
    expect(await rfx('--read-data')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/\nHealthy\.\n$/),
    });
    expect(await rfx('--repair')).toMatchObject({
      code: 2,
      err: expect.stringContaining('The service is running on'),
    });
    await app.close();
    expect(await rfx('--read-data=5%', '--repair')).toMatchObject({ code: 0 });

    await faults['a missing file']?.inject();
    const seen = await rfx('--data-dir', place('data'));
    expect(seen).toMatchObject({
      code: 1,
      out: expect.stringContaining('1 fault. Nothing was changed'),
    });
    const { code, out } = await rfx('--repair', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      healthy: false,
      faults: [{ kind: 'missing', repaired: true }],
      done: [expect.stringContaining('was quarantined')],
    });
    expect(JSON.parse((await rfx('--json')).out)).toMatchObject({ healthy: true, faults: [] });
  });
});

async function exchange({ client }: TestApp, n: number): Promise<void> {
  const { ticket } = await client.give(fileOf(`${n}.txt`, `the gift of ${n}`));
  const drawn = await client.draw(ticket);
  if (drawn) await (await client.fetchDelivery(drawn)).text();
}
