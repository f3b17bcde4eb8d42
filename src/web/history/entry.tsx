import type { ComponentChildren, RefObject } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { Why } from '../failures.ts';
import { Report } from '../feedback/report.tsx';
import { Thank, withSign } from '../feedback/thank.tsx';
import { formatMoment, formatSize } from '../i18n/format.ts';
import { fileName, rich, sentenceOf, t } from '../i18n/messages.tsx';
import type { Exchange, Owed, Parcel } from '../state/exchange.ts';
import { type Entry, type Fate, fateOf, owedOf } from '../state/history.ts';
import { onward } from '../state/next-step.ts';
import type { Tools } from '../state/services.ts';
import { useOpened } from '../state/use-history.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { goTo, isOnStage, mayGoTo, type Stage } from './resume.ts';
import { takeBack } from './withdraw.ts';

interface EntryProps {
  readonly entry: Entry;
  readonly tools: Tools;
  readonly stage: Stage;
}

/** One exchange: what we gave and what became of it, what came and what can be done. */
export function EntryCard({ entry, tools, stage }: EntryProps) {
  const { exchange, parcel, end, at, thanks } = entry;
  const heading = useRef<HTMLHeadingElement>(null);
  const file = exchange?.gift ?? parcel;
  const owed = end ? undefined : owedOf(entry);
  if (!file) return null;
  return (
    <li class="entry">
      <h3 tabIndex={-1} ref={heading}>
        <Icon name={file.kind ?? 'other'} />
        <span>
          {rich(exchange ? 'mine.gave' : 'mine.took', { file: fileName, name: file.name })}
        </span>
      </h3>
      <p class="facts">
        <Facts file={file} />
        <time dateTime={at}>{formatMoment(at)}</time>
      </p>
      {exchange && <Line icon={fateIcons[fateOf(entry)]}>{t(`mine.fate.${fateOf(entry)}`)}</Line>}
      {thanks && <Line icon="heart">{withSign('mine.thanks', thanks)}</Line>}
      <Coming entry={entry} />
      {owed && <Actions {...{ entry, owed, tools, stage, heading }} />}
      {parcel && end === 'received' && <Replies {...{ entry, parcel, tools }} />}
    </li>
  );
}

const fateIcons: Readonly<Record<Fate | 'gone', IconName>> = {
  waiting: 'shelf',
  'on-its-way': 'onItsWay',
  landed: 'landed',
  withdrawn: 'undo',
  expired: 'clock',
  removed: 'cross',
  gone: 'warning',
};

function Line({ icon, children }: { icon: IconName; children: ComponentChildren }) {
  return (
    <p class="line">
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  );
}

function Facts({ file: { kind, size } }: { file: Pick<Parcel, 'size' | 'kind'> }) {
  return (
    <>
      {kind && <span>{t(`kind.${kind}`)}</span>}
      <span>{formatSize(size)}</span>
    </>
  );
}

/** The other half: the stranger's file. */
function Coming({ entry: { exchange, parcel, end } }: { readonly entry: Entry }) {
  if (!end && parcel)
    return (
      <Line icon="onItsWay">{rich('mine.coming', { file: fileName, name: parcel.name })}</Line>
    );
  if (!end) return <Line icon="clock">{t('mine.waiting')}</Line>;
  if (end === 'received' && parcel && exchange) return <Received parcel={parcel} />;
  if (end === 'received')
    return exchange ? <Line icon="check">{t('mine.got.unnamed')}</Line> : null;
  if (end === 'expired') return <Line icon="clock">{t('mine.over')}</Line>;
  return exchange ? null : <Line icon="warning">{t('mine.missed')}</Line>;
}

function Received({ parcel }: { readonly parcel: Parcel }) {
  return (
    <>
      <Line icon={parcel.kind ?? 'other'}>
        {rich('mine.got', { file: fileName, name: parcel.name })}
      </Line>
      <p class="facts">
        <Facts file={parcel} />
      </p>
    </>
  );
}

interface ActionsProps extends EntryProps {
  readonly owed: Owed;
  readonly heading: RefObject<HTMLElement | null>;
}

/** What can be done as long as something is owed. */
function Actions({ entry, owed, tools, stage, heading }: ActionsProps) {
  const { exchange, parcel } = entry;
  const mayTakeBack = exchange && !parcel && fateOf(entry) === 'waiting';
  const reason = useId();
  const isFree = mayGoTo(stage, owed);
  return (
    <>
      <div class="row">
        <button
          type="button"
          disabled={!isFree}
          aria-describedby={isFree ? undefined : reason}
          onClick={() => goTo(stage, owed)}
        >
          {t('mine.goTo')}
        </button>
        {mayTakeBack && <TakeBack {...{ exchange, tools, stage, heading }} />}
      </div>
      {!isFree && (
        <p class="quiet" id={reason}>
          {t('mine.goTo.busy')}
        </p>
      )}
    </>
  );
}

interface TakeBackProps extends Pick<ActionsProps, 'tools' | 'stage' | 'heading'> {
  readonly exchange: Exchange;
}

function TakeBack({ exchange, tools, stage, heading }: TakeBackProps) {
  const [isAsking, setAsking] = useState(false);
  const [why, setWhy] = useState<Why>();
  const ask = async () => {
    setAsking(true);
    const { why, isOver } = await takeBack(tools, exchange);
    setAsking(false);
    if (!isOver) return setWhy(why);
    // The button goes with what it was for.
    heading.current?.focus();
    if (isOnStage(stage, { exchange })) stage.dispatch({ type: 'ended', why, next: onward(tools) });
  };
  return (
    <>
      <button type="button" aria-disabled={isAsking} onClick={() => !isAsking && void ask()}>
        {isAsking ? t('takingBack') : t('takeBack')}
      </button>
      {why && (
        <p class="notice" role="alert">
          {sentenceOf(why)}
        </p>
      )}
    </>
  );
}

interface RepliesProps extends Pick<EntryProps, 'entry' | 'tools'> {
  readonly parcel: Parcel;
}

/** What can be said about a parcel that came. */
function Replies({ entry: { thanked }, parcel, tools }: RepliesProps) {
  const { isOpened, onToggle } = useOpened();
  return (
    <div class="replies">
      <details onToggle={onToggle}>
        <summary>
          <Icon name="heart" />
          <span>{thanked ? withSign('mine.thanked', thanked) : t('mine.thank')}</span>
        </summary>
        {isOpened && <Thank parcel={parcel} tools={tools} />}
      </details>
      <Report parcel={parcel} tools={tools} />
    </div>
  );
}
