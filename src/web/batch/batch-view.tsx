import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef } from 'preact/hooks';
import type { PoolStats } from '../../contract/api/schemas.ts';
import { mostFiles } from '../files/directory-files.ts';
import { usePicker } from '../files/file-picker.tsx';
import type { Offered } from '../files/selected-files.ts';
import { formatSize, formatWait } from '../i18n/format.ts';
import { currentLanguage } from '../i18n/languages.ts';
import { inTurn, t } from '../i18n/messages.tsx';
import { usePose } from '../scene/sheet.tsx';
import type { Item } from '../state/batch-item.ts';
import type { Dispatch, Owed, State } from '../state/exchange.ts';
import type { Tools } from '../state/services.ts';
import { useWork } from '../state/use-abortable.ts';
import { Notice } from '../ui/notice.tsx';
import { Progress, shareOf } from '../ui/progress.tsx';
import { Actions, type PartProps } from './actions.tsx';
import { totalsSentence } from './announcements.ts';
import type { Batch } from './batch.ts';
import { useFocusNearby } from './focus.ts';
import { createLook, type Round } from './poll-tickets.ts';
import { canOpen, Row } from './row.tsx';
import { totalsOf } from './totals.ts';
import type { Run } from './uploader.ts';

interface ManyProps {
  readonly state: Extract<State, { name: 'many' }>;
  readonly batch: Batch;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
  readonly stats: PoolStats | undefined;
  readonly offer: (offered: Offered) => void;
}

/** Many exchanges at once: how all of them stand, and each. */
export function Many({ state, batch, tools, dispatch, stats, offer }: ManyProps) {
  const totals = totalsOf(batch);
  const isBehind = batch.items.some(isInLine);
  const focus = useFocusNearby();
  useTickets(tools, totals.given, stats);
  const open = useCallback((to: Owed) => dispatch({ type: 'turned', to }), [dispatch]);
  const isSending = totals.onTheirWay > 0;
  usePose(
    isSending ? { stage: 'tying', share: shareOf(totals.moved, totals.whole) } : { stage: 'shelf' },
  );
  return (
    <div class="many" {...focus}>
      <h2 tabIndex={-1} data-focus>
        {totalsSentence(batch)}
      </h2>
      {state.why && <Notice why={state.why} />}
      {batch.isUnkept && <Notice why={{ code: 'not-kept' }} />}
      {isSending ? <Sending batch={batch} /> : <p class="lead">{leadOf(batch, isBehind)}</p>}
      <Actions {...{ batch, run: tools.run, isBehind, open }} />
      <Rows {...{ batch, run: tools.run, isBehind, open }} />
      <LeftOut batch={batch} />
      <Ways {...{ isSending, run: tools.run, dispatch, offer }} />
    </div>
  );
}

const isInLine = ({ standing }: Item) => standing.name === 'given' && standing.ticket === 'waiting';

function leadOf({ items }: Batch, isBehind: boolean): string {
  if (items.some(({ standing }) => canOpen(standing, isBehind))) return t('many.lead.open');
  return items.some(isInLine) ? t('many.lead.waiting') : t('many.lead.none');
}

function Sending({ batch }: { readonly batch: Batch }) {
  const { moved, whole } = totalsOf(batch);
  const sent = t('giving.sent', {
    part: formatSize(moved),
    whole: formatSize(whole),
    share: shareOf(moved, whole),
  });
  return (
    <>
      {batch.held !== undefined && (
        <p class="notice">{t('many.held', { span: formatWait(batch.held) })}</p>
      )}
      {/* The pace is that of one whole: it is measured anew when there is more or less to send. */}
      <Progress
        key={whole}
        size={moved}
        whole={whole}
        label={t('giving')}
        text={moved >= whole ? t('giving.checking') : sent}
      />
    </>
  );
}

/** From here on, rows that are out of sight are not laid out. */
const many = 100;

/** One below the other. */
function Rows({ batch, run, isBehind, open }: PartProps) {
  const language = currentLanguage();
  // A row that is the same as before is not drawn again: there may be a thousand.
  const drawn = useMemo(() => new WeakMap<Item, VNode>(), [language, isBehind, run, open]);
  const rowOf = (item: Item) => {
    const row = drawn.get(item) ?? <Row key={item.id} {...{ item, run, isBehind, open }} />;
    drawn.set(item, row);
    return row;
  };
  const { items } = batch;
  return <ul class={items.length > many ? 'files is-long' : 'files'}>{items.map(rowOf)}</ul>;
}

function LeftOut({ batch: { leftOut, unread, isCut } }: { readonly batch: Batch }) {
  const sentence = inTurn(
    leftOut > 0 && t('many.leftOut', { count: leftOut }),
    unread > 0 && t('many.unread', { count: unread }),
    isCut && t('many.cut', { count: mostFiles }),
  );
  return sentence ? <p class="quiet">{sentence}</p> : null;
}

interface WaysProps extends Pick<ManyProps, 'dispatch' | 'offer'> {
  readonly isSending: boolean;
  readonly run: Run;
}

/** The ways on: more files, or back. */
function Ways({ isSending, run, dispatch, offer }: WaysProps) {
  const { pick, input } = usePicker(offer);
  const leave = () => {
    run.clear();
    dispatch({ type: 'ended' });
  };
  return (
    <>
      <div class="ways">
        <button type="button" class="link" onClick={() => pick()}>
          {t('many.add')}
        </button>
        {input}
        {!isSending && (
          <button type="button" class="link" onClick={leave}>
            {t('many.back')}
          </button>
        )}
      </div>
      {!isSending && <p class="quiet">{t('many.back.more')}</p>}
    </>
  );
}

/** Asks how the tickets stand as long as somebody looks, when there is reason to. */
function useTickets({ client, keep, run }: Tools, given: number, stats: PoolStats | undefined) {
  const look = useRef<(round: Round) => void>(undefined);
  useWork(
    (signal) => {
      run.meet();
      run.compare();
      keep.listen(() => run.compare(), signal);
      const ask = createLook({ client, keep, run, signal });
      const askAll = () => {
        if (document.visibilityState === 'visible') ask('all');
      };
      document.addEventListener('visibilitychange', askAll, { signal });
      addEventListener('online', askAll, { signal });
      look.current = ask;
      askAll();
    },
    [client, keep, run],
  );
  useEffect(() => look.current?.('waiting'), [given, stats]);
}
