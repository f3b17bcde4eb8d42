import type { Issue } from './issues.ts';
import type { DoctorReport } from './run-checks.ts';

/** The report as JSON. */
export function reportJson(place: string, report: DoctorReport): string {
  const { faults, left, done, notes, gifts, bytes, reading } = report;
  const toJson = (fault: Issue) => ({ ...fault, repaired: !left.includes(fault) });
  return `${JSON.stringify(
    {
      place,
      healthy: faults.length === 0,
      gifts,
      bytes,
      faults: faults.map(toJson),
      done,
      notes,
      read: reading && {
        gifts: reading.gifts,
        bytes: reading.bytes,
        seconds: reading.seconds,
        rest_seconds: reading.restSeconds,
      },
    },
    null,
    2,
  )}\n`;
}

const maxListed = 20;

/** The report as plain text. */
export function reportText(place: string, report: DoctorReport): string {
  const { faults, done, notes, gifts, bytes } = report;
  const lines = [
    `Checked ${place}: ${gifts} gifts, ${sizeOf(bytes)}.`,
    ...readLines(report),
    ...shorten(faults.map(({ kind, subject, says }) => `  ${kind}: ${subject}${says && `: ${says}`}`)),
    ...shorten(done),
    ...notes,
    verdict(report),
  ];
  return `${lines.join('\n')}\n`;
}

function readLines({ reading, gifts }: DoctorReport): string[] {
  if (!reading) return ['No data was read; --read-data does.'];
  const { seconds, restSeconds } = reading;
  const rest = restSeconds > 0 ? ` The rest would take about ${timeOf(restSeconds)}.` : '';
  return [`Read ${reading.gifts} of ${gifts} gifts, ${sizeOf(reading.bytes)} in ${timeOf(seconds)}.${rest}`];
}

const shorten = (lines: readonly string[]) =>
  lines.length <= maxListed
    ? lines
    : [...lines.slice(0, maxListed), `  … and ${lines.length - maxListed} more; --json has all.`];

function verdict({ faults, left, done }: DoctorReport): string {
  if (faults.length === 0) return 'Healthy.';
  const found = `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`;
  if (done.length === 0 && left.length === faults.length)
    return `${found}. Nothing was changed; --repair repairs what it can.`;
  return left.length === 0 ? `${found}, all repaired.` : `${found}, of which ${left.length} could not be repaired.`;
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

function sizeOf(bytes: number): string {
  const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  return `${step === 0 ? bytes : (bytes / 1024 ** step).toFixed(1)} ${units[step]}`;
}

function timeOf(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  return seconds < 6_000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
