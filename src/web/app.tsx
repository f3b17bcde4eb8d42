import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef,
  useState,
} from 'preact/hooks';
import type { PoolStats } from '../contract/api/schemas.ts';
import { Announcement, useFocusFallback } from './announcer.tsx';
import { announcementText } from './batch/announcements.ts';
import type { Batch } from './batch/batch.ts';
import { BatchView } from './batch/batch-view.tsx';
import { totalsOf } from './batch/totals.ts';
import { useBatch } from './batch/use-batch.ts';
import { FreeDrawView } from './draw/free-draw.tsx';
import { useArrivalNotification } from './draw/notify-me.tsx';
import { WaitForTicket } from './draw/wait-for-ticket.tsx';
import type { Failure } from './failures.ts';
import { useFileDrop } from './files/file-drop.ts';
import type { FileSelection } from './files/selected-files.ts';
import { GiveForm } from './give/counter.tsx';
import { Give } from './give/give.tsx';
import { SharedFilesPrompt, useSharedFiles } from './give/shared-files.tsx';
import { useGive } from './give/use-give.ts';
import { useHistoryRoute } from './history/hash-route.ts';
import { HistoryLink, HistoryView } from './history/history.tsx';
import { t } from './i18n/messages.tsx';
import { useOnline } from './offline/offline.tsx';
import { Pool } from './pool/pool.tsx';
import { usePoolStats } from './pool/use-pool-stats.ts';
import { Receive, ReceiveInterrupted } from './receive/receive.tsx';
import { Received } from './receive/received.tsx';
import { Sheet } from './scene/sheet.tsx';
import { isUploading } from './state/batch-item.ts';
import { type Dispatch, type ExchangeState, exchangeReducer, stateFor } from './state/exchange.ts';
import { hasMorePending, nextStep } from './state/next-step.ts';
import type { Services } from './state/services.ts';
import { LanguagePicker } from './ui/language-picker.tsx';

export function App({ services }: { readonly services: Services }) {
  const [state, dispatch] = useReducer(exchangeReducer, undefined, () =>
    stateFor(nextStep(services)),
  );
  const [pageFailure, setPageFailure] = useState<Failure>();
  const stats = usePoolStats(services.client);
  const batch = useBatch(services.uploader);
  const [, setTick] = useState(0);
  const stage = useRef<HTMLElement>(null);
  const link = useRef<HTMLAnchorElement>(null);
  const mine = useHistoryRoute({ link, stage });

  const take = useGive({
    state,
    services,
    dispatch,
    setPageFailure,
    maxSize: stats?.max_file_size,
  });
  const giveFiles = useCallback(
    (selection: FileSelection | Promise<FileSelection>) => {
      mine.close('stage');
      return take(selection);
    },
    [take, mine.close],
  );
  const isDragging = useFileDrop(giveFiles);
  useFocusFallback(stage, state.name);
  // Before anything more can be said about the new one.
  useLayoutEffect(() => setPageFailure(undefined), [state]);
  useTitle(state, batch);
  useArrivalNotification(state);
  useSharedFiles(state, dispatch);
  const isOnline = useOnline();
  useWarningBeforeLeaving(
    state.name === 'giving' ||
      (state.name === 'arrived' && !state.isSaved) ||
      batch.items.some(isUploading),
  );
  useEffect(() => {
    if ('exchange' in state && state.exchange) services.uploader.addEarlierGift(state.exchange);
  }, [state, services.uploader]);

  const props = { services, dispatch };
  return (
    <main class="column">
      <header>
        <div class="masthead">
          <p class="product">{t('product')}</p>
          <div>
            <HistoryLink services={services} isOpen={mine.isOpen} link={link} />
            <LanguagePicker store={services.store} changed={() => setTick((tick) => tick + 1)} />
          </div>
        </div>
        <h1>
          <span>{t('headline.give')}</span> <span>{t('headline.get')}</span>
        </h1>
      </header>
      {mine.isOpen && <HistoryView {...props} state={state} close={mine.close} />}
      <section class="stage" ref={stage} aria-label={t('stage')} hidden={mine.isOpen}>
        {state.name === 'idle' ? (
          <GiveForm
            {...props}
            state={state}
            giveFiles={giveFiles}
            isDragging={isDragging}
            stats={stats}
          />
        ) : (
          <Sheet>
            <Scene {...props} state={state} giveFiles={giveFiles} batch={batch} stats={stats} />
          </Sheet>
        )}
        {hasMorePending(state, services) && (
          <button
            type="button"
            class="link"
            onClick={() => dispatch({ type: 'turned', to: 'many' })}
          >
            {t('many.all')}
          </button>
        )}
      </section>
      <Announcement
        state={state}
        pageFailure={pageFailure}
        isOnline={isOnline}
        many={announcementText(batch)}
      />
      {!mine.isOpen && <Pool stats={stats} />}
      <footer>
        <p>{t('promise')}</p>
        <a href="/docs" hreflang="en">
          {t('docs')}
        </a>
      </footer>
    </main>
  );
}

interface SceneProps {
  readonly state: Exclude<ExchangeState, { name: 'idle' }>;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly giveFiles: (selection: FileSelection) => void;
  readonly batch: Batch;
  readonly stats: PoolStats | undefined;
}

/** What happens on the sheet. */
function Scene({ state, giveFiles, batch, stats, ...props }: SceneProps) {
  switch (state.name) {
    case 'many':
      return (
        <BatchView {...props} state={state} giveFiles={giveFiles} batch={batch} stats={stats} />
      );
    case 'shared':
      return <SharedFilesPrompt {...props} state={state} giveFiles={giveFiles} />;
    case 'giving':
      return <Give {...props} keyedFile={state.keyedFile} />;
    case 'drawing':
    case 'waiting':
      return <WaitForTicket {...props} key={state.exchange.ticket} state={state} />;
    case 'taking':
      return <FreeDrawView {...props} />;
    case 'receiving':
      return <Receive {...props} state={state} />;
    case 'broken':
      return <ReceiveInterrupted {...props} state={state} />;
    case 'arrived':
      return <Received {...props} state={state} />;
  }
}

/** Whoever waits in another tab sees there that the parcel has come. */
function useTitle(state: ExchangeState, batch: Batch): void {
  const title = titleOf(state, batch);
  useEffect(() => {
    document.title = title ? t('title', { what: title, product: t('product') }) : t('product');
  }, [title]);
}

function titleOf({ name }: ExchangeState, batch: Batch): string | undefined {
  if (name === 'arrived') return t('arrived');
  const { uploading, given, all } = totalsOf(batch);
  if (uploading > 0) return t('many.title', { given, all });
  return name === 'waiting' ? t('waiting') : undefined;
}

/** With what the page says, not after it was painted: whoever reads that all is over can leave. */
function useWarningBeforeLeaving(isNeeded: boolean): void {
  useLayoutEffect(() => {
    if (!isNeeded) return;
    const controller = new AbortController();
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn, { signal: controller.signal });
    return () => controller.abort();
  }, [isNeeded]);
}
