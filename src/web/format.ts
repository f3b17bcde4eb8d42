/** Numbers, sizes and times as the visitor's language writes them. */

const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

const language = () => globalThis.document?.documentElement.lang || 'en';

/** `52.4 MB`, `1 byte`: powers of a thousand, as the units are defined. */
export function formatSize(bytes: number, locale = language()): string {
  let value = bytes;
  let step = 0;
  // 999.95 would be written as 1,000.
  while (value >= 999.95 && step < sizeUnits.length - 1) {
    value /= 1000;
    step++;
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: sizeUnits[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: 1,
  }).format(value);
}

export function formatNumber(value: number, locale = language()): string {
  return new Intl.NumberFormat(locale).format(value);
}

export function formatPercent(fraction: number, locale = language()): string {
  return new Intl.NumberFormat(locale, { style: 'percent' }).format(fraction);
}

export function formatDay(instant: string, locale = language()): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' }).format(
    new Date(instant),
  );
}

const timeUnits = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

/** `3 hours`, `1 minute`; undefined for less than a minute, which is no time to speak of. */
export function formatSpan(milliseconds: number, locale = language()): string | undefined {
  const seconds = milliseconds / 1000;
  const found = timeUnits.find(([, length]) => seconds >= length);
  if (!found) return undefined;
  const [unit, length] = found;
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
    Math.floor(seconds / length),
  );
}

/** The form of a word that goes with a number. */
export function plural(
  count: number,
  forms: { readonly one: string; readonly other: string },
  locale = language(),
): string {
  const rule = new Intl.PluralRules(locale).select(count);
  return rule === 'one' ? forms.one : forms.other;
}
