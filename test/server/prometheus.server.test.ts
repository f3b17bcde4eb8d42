/** The alerts and the dashboard of `deploy/`, with a real Prometheus that scrapes the service. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unpackDebian } from '../setup/packages.ts';
import { freePort } from '../setup/ports.ts';
import { type Service, startService } from '../setup/service.ts';
import { waitUntil } from '../setup/test-app.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const rules = read('deploy/prometheus/alerts.yaml');
const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name);
const conditions = [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expr = '']) => expr);

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json')) as Dashboard;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

const unpacked = await unpackDebian('prometheus').catch((error: Error) => error);
if (unpacked instanceof Error) console.warn(`SKIPPED: Prometheus: ${unpacked.message}.`);
const programs = unpacked instanceof Error ? '' : join(unpacked.folder, 'usr/bin');
afterAll(() => (unpacked instanceof Error ? undefined : unpacked.remove()));

describe('the alerts', () => {
  it.each(alerts)('%s leads to its section of the runbook', (name) => {
    expect(read('docs/runbook.md')).toContain(`\n## ${name}\n\n**Means.** `);
    expect(rules).toContain(`runbook_url: https://rfx.example.org/runbook#${name.toLowerCase()}\n`);
  });

  it('have a section each, and no section is left over', () => {
    const sections = [...read('docs/runbook.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(alerts);
  });

  it.skipIf(programs === '')('fire for their fault, and stay quiet without it', async () => {
    const cases = read('deploy/prometheus/alerts.test.yaml');
    for (const name of alerts) expect(cases.split(`alertname: ${name}`)).toHaveLength(3);
    await run(join(programs, 'promtool'), ['test', 'rules', 'alerts.test.yaml'], {
      cwd: join(root, 'deploy/prometheus'),
    });
  });
});

describe.skipIf(programs === '')('a Prometheus that scrapes the service', () => {
  let service: Service;
  let folder = '';
  let prometheus: ChildProcess;
  let url = '';
  const ask = async (query: string): Promise<unknown[]> => {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`).catch(() => undefined);
    if (!answer?.ok) return [];
    return ((await answer.json()) as { data: { result: unknown[] } }).data.result;
  };

  beforeAll(async () => {
    service = await startService({ METRICS: 'on' });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    folder = await mkdtemp(join(tmpdir(), 'rfx-prometheus-'));
    const config = join(folder, 'prometheus.yaml');
    await writeFile(
      config,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${join(root, 'deploy/prometheus/alerts.yaml')}]
scrape_configs:
  - job_name: rfx
    static_configs: [{ targets: ['127.0.0.1:${service.port}'] }]
`,
    );
    const options = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    prometheus = spawn(join(programs, 'prometheus'), [...options, '--log.level=error'], { stdio: 'inherit' });
    await fetch(`${service.url}/api/upload?name=a.txt`, { method: 'POST', body: 'a gift' });
    await waitUntil(async () => (await ask('count_over_time(rfx_gifts_given_total[1m]) > 2')).length > 0);
  });

  afterAll(async () => {
    const ended = once(prometheus, 'exit');
    prometheus.kill();
    await ended;
    await service.stop();
    await rm(folder, { recursive: true });
  });

  it.each(queries)('has an answer for “$title”: $expr', async ({ expr }) => {
    expect(await ask(expr)).not.toEqual([]);
  });

  it('knows every metric that an alert watches, and fires none', async () => {
    const names = new Set(conditions.flatMap((expr) => expr.match(/\b(?:rfx|nodejs|process)_\w+/g) ?? []));
    expect(names.size).toBeGreaterThan(10);
    for (const name of names) expect(await ask(name), name).not.toEqual([]);
    expect(await ask('ALERTS{alertstate="firing"}')).toEqual([]);
  });
});
