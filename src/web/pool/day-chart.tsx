import type { ComponentChildren } from 'preact';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { formatTime } from '../i18n/format.ts';
import { richText, t } from '../i18n/messages.tsx';
import { chartPaths, chartSize, sumHours } from './hours.ts';

/**
 * The last 24 hours as a chart and as a sentence. In right-to-left languages the style mirrors the chart, so that time
 * runs with the text.
 */
export function DayChart({ hours }: { readonly hours: PoolStats['hours'] | undefined }) {
  const line = chartPaths(hours ?? []);
  const start = hours?.[0]?.start;
  return (
    <div class="last-day">
      <p class="quiet">{hours && dayInWords(hours)}</p>
      <div aria-hidden="true">
        <svg
          class="day-hours"
          aria-hidden="true"
          viewBox={`0 0 ${24 * chartSize.hourWidth} ${chartSize.height}`}
          preserveAspectRatio="none"
          focusable="false"
        >
          <path class="delivered" d={line.delivered} />
          <path class="given" d={line.given} />
        </svg>
        <p class="day-ends">
          <span>{start && formatTime(start)}</span>
          <span>{t('pool.day.now')}</span>
        </p>
      </div>
    </div>
  );
}

function dayInWords(hours: PoolStats['hours']): ComponentChildren {
  const { given, delivered, busiest } = sumHours(hours);
  if (given === 0 && delivered === 0) return t('pool.day.quiet');
  const values = { given, delivered, givenMark, deliveredMark };
  if (!busiest) return richText('pool.day', values);
  return richText('pool.day.busiest', { ...values, time: formatTime(busiest.start) });
}

/** The figures carry the chart's colours, so that the sentence is its legend. */
const givenMark = (figure: ComponentChildren) => <span class="mark-given">{figure}</span>;
const deliveredMark = (figure: ComponentChildren) => <span class="mark-delivered">{figure}</span>;
