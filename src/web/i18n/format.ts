/** Numbers, sizes and times in the visitor's language. */
import { currentLanguage } from './languages.ts';

const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `52.4 MB`, `1 byte`. Units are powers of 1,000. */
export function formatSize(bytes: number, locale = currentLanguage(), digits = 1): string {
  let value = bytes;
  let step = 0;
  // 999.95 would round to 1,000.
  while (value >= 999.95 && step < sizeUnits.length - 1) {
    value /= 1000;
    step++;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: sizeUnits[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: digits,
    roundingMode: digits === 0 ? 'floor' : 'halfExpand',
  }).format(value);
}

const mebibyte = 1_048_576;

/** Rounded down, so that a file of this size is accepted. A limit in whole mebibytes has their round number: `50 MB`. */
export function formatLimit(bytes: number, locale = currentLanguage()): string {
  return formatSize(bytes % mebibyte === 0 ? (bytes / mebibyte) * 1e6 : bytes, locale, 0);
}

export function formatNumber(value: number, locale = currentLanguage()): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** Compact notation: `950`, `1.9M`. */
export function formatCompact(value: number, locale = currentLanguage()): string {
  return new Intl.NumberFormat(locale, { notation: 'compact' }).format(value);
}

/** Alternatives, such as “image or PDF”. */
export const formatList = (
  items: readonly string[],
  type: 'conjunction' | 'disjunction',
  locale = currentLanguage(),
): string => new Intl.ListFormat(locale, { type }).format(items);

export function formatDay(instant: string, locale = currentLanguage()): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' }).format(new Date(instant));
}

/** Time of day in the visitor's time zone: `3:00 PM`, `15:00`. */
export function formatTime(instant: string, locale = currentLanguage()): string {
  return new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' }).format(new Date(instant));
}

/** `1 Mar 2026, 14:05`, in the visitor's time zone. */
export function formatDateTime(instant: string, locale = currentLanguage()): string {
  const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
  return new Intl.DateTimeFormat(locale, style).format(new Date(instant));
}

const timeUnits = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `3 hours`, `1 minute`, rounded down; undefined below a minute. */
export function formatDuration(milliseconds: number, locale = currentLanguage()): string | undefined {
  const seconds = milliseconds / 1000;
  const found = timeUnits.find(([, length]) => seconds >= length);
  if (!found) return undefined;
  const [unit, length] = found;
  return formatUnit(Math.floor(seconds / length), unit, locale);
}

/** A wait, rounded up: `7 seconds`, `2 minutes`. */
export function formatWait(seconds: number, locale = currentLanguage()): string {
  const [unit, length] = timeUnits.find(([, length]) => seconds > length) ?? ['second', 1];
  return formatUnit(Math.max(1, Math.ceil(seconds / length)), unit, locale);
}

function formatUnit(value: number, unit: string, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}
