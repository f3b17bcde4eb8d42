import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { OperatorPage } from '../contract/vocabulary.ts';
import { AfterChoice } from './after-choice/after-choice.tsx';
import { Announcement, useFocusFallback } from './announcer.tsx';
import { announcementText } from './batch/announcements.ts';
import { totalsOf } from './batch/totals.ts';
import { useBatch } from './batch/use-batch.ts';
import { FreeDrawView } from './draw/free-draw.tsx';
import { useArrivalNotification } from './draw/notify-me.tsx';
import { WaitForTicket } from './draw/wait-for-ticket.tsx';
import type { Failure } from './failures.ts';
import { useFileDrop } from './files/file-drop.ts';
import type { FileSelection } from './files/types.ts';
import { Give } from './give/give.tsx';
import { GiveForm } from './give/give-form.tsx';
import { useSharedFiles } from './give/shared-files.ts';
import { askAboutUnfinished } from './give/unfinished-uploads.ts';
import { useGive } from './give/use-give.ts';
import { useHistoryRoute } from './history/hash-route.ts';
import { HistoryLink, HistoryView } from './history/history.tsx';
import { refreshDelivered } from './history/refresh.ts';
import { t } from './i18n/messages.tsx';
import { useOnline } from './offline/offline.tsx';
import { Pool } from './pool/pool.tsx';
import { usePoolStats } from './pool/use-pool-stats.ts';
import { Receive, ReceiveInterrupted } from './receive/receive.tsx';
import { Received } from './receive/received.tsx';
import { Sheet } from './scene/sheet.tsx';
import type { Batch } from './state/batch.ts';
import { isUploading } from './state/batch-item.ts';
import { canSwitch, type Dispatch, type ExchangeState, exchangeReducer, stateFor } from './state/exchange.ts';
import { hasMorePending, nextStep } from './state/next-step.ts';
import type { Services, Uploader } from './state/services.ts';
import { useAbortable } from './state/use-abortable.ts';
import { LanguagePicker } from './ui/language-picker.tsx';

/** The page: masthead, stage or history, pool and footer. */
export function App({ services }: { readonly services: Services }) {
  const [state, dispatch] = useReducer(exchangeReducer, undefined, () => stateFor(nextStep(services)));
  const [pageFailure, setPageFailure] = useState<Failure>();
  const [, setRenders] = useState(0);
  const { stats, isReached } = usePoolStats(services.client);
  const batch = useBatch(services.uploader);
  const stage = useRef<HTMLElement>(null);
  const link = useRef<HTMLAnchorElement>(null);
  const history = useHistoryRoute({ link, stage });
  const maxSize = stats?.max_file_size;
  const { offer, give } = useGive({ state, services, dispatch, setPageFailure, maxSize });
  const offerFiles = useCallback(
    (selection: FileSelection | Promise<FileSelection>) => {
      history.close('stage');
      return offer(selection);
    },
    [offer, history.close],
  );
  const isDragging = useFileDrop(offerFiles);
  useFocusFallback(stage, state.name);
  // Clear before paint, so that a new message is never the one removed. A missing part stays missing.
  useLayoutEffect(() => setPageFailure((failure) => (failure?.code === 'part-missing' ? failure : undefined)), [state]);
  usePageEffects(state, batch, services.uploader);
  useMissingParts(setPageFailure);
  const blind = stats?.strip_metadata;
  useEffect(() => blind && services.store.saveChoice('blind', blind === 'off' ? blind : ''), [blind]);
  useSharedFiles(state, dispatch);
  useAbortable((signal) => void refreshDelivered({ ...services, signal }), []);
  useUnfinishedUploads(services, dispatch);
  const isOnline = useOnline();
  useEffect(() => {
    if (isOnline) dispatch({ type: 'reconnected' });
  }, [isOnline]);
  const renderAgain = () => setRenders((count) => count + 1);
  const props = { services, dispatch };
  const more = { offerFiles, stats };
  const isStart = state.name === 'idle' && !history.isOpen;
  const hasAccounts = stats?.accounts !== undefined;
  return (
    <div class="column">
      <Masthead {...{ services, link, renderAgain }} isHistoryOpen={history.isOpen} isStart={isStart} />
      <main>
        {history.isOpen && <HistoryView {...props} state={state} close={history.close} hasAccounts={hasAccounts} />}
        <section class="stage" ref={stage} aria-label={t('stage')} hidden={history.isOpen}>
          {state.name === 'idle' ? (
            <GiveForm {...more} store={services.store} dispatch={dispatch} state={state} isDragging={isDragging} />
          ) : (
            <Sheet>
              <Scene {...props} state={state} more={{ ...more, batch, stage, giveFiles: give }} />
            </Sheet>
          )}
          {hasMorePending(state, services) && <ShowBatch dispatch={dispatch} />}
        </section>
        <Announcement {...{ state, pageFailure, isOnline, maxSize }} many={announcementText(batch)} />
        {isDragging && (state.name !== 'idle' || history.isOpen) && (
          <p class="drop-echo">{canSwitch(state) ? t('drop.now') : t('why.busy')}</p>
        )}
        {!history.isOpen && <Pool stats={stats} isReached={isReached} />}
      </main>
      <Footer hasAccounts={hasAccounts} pages={stats?.pages} />
    </div>
  );
}

interface MastheadProps {
  readonly services: Services;
  readonly link: RefObject<HTMLAnchorElement | null>;
  readonly isHistoryOpen: boolean;
  /** The big headline belongs to the start page alone. */
  readonly isStart: boolean;
  /** Renders the page in another language. */
  readonly renderAgain: () => void;
}

function Masthead({ services, link, isHistoryOpen, isStart, renderAgain }: MastheadProps) {
  const Product = isStart ? 'p' : 'h1';
  return (
    <header>
      <div class="masthead">
        <Product class="product">{t('product')}</Product>
        <div>
          <HistoryLink services={services} isOpen={isHistoryOpen} link={link} />
          <LanguagePicker store={services.store} onChange={renderAgain} />
        </div>
      </div>
      {isStart && (
        <h1>
          <span>{t('headline.give')}</span> <span>{t('headline.get')}</span>
        </h1>
      )}
    </header>
  );
}

function ShowBatch({ dispatch }: { readonly dispatch: Dispatch }) {
  return (
    <button type="button" class="link" onClick={() => dispatch({ type: 'switched', to: 'batch' })}>
      {t('many.all')}
    </button>
  );
}

function Footer({
  hasAccounts,
  pages = [],
}: {
  readonly hasAccounts: boolean;
  readonly pages: readonly OperatorPage[] | undefined;
}) {
  return (
    <footer>
      {!hasAccounts && <p>{t('promise')}</p>}
      {pages.map((page) => (
        <a key={page} href={`./pages/${page}`}>
          {t(`operator.${page}`)}
        </a>
      ))}
      <a href="./docs" hreflang="en">
        {t('docs')}
      </a>
    </footer>
  );
}

interface SceneProps {
  readonly state: Exclude<ExchangeState, { name: 'idle' }>;
  readonly services: Services;
  readonly dispatch: Dispatch;
  readonly more: Omit<Parameters<typeof AfterChoice>[0], 'state' | 'services' | 'dispatch'>;
}

function Scene({ state, more, ...props }: SceneProps) {
  switch (state.name) {
    case 'batch':
    case 'offered':
      return <AfterChoice {...props} {...more} state={state} />;
    case 'giving':
      return <Give {...props} keyedFile={state.keyedFile} />;
    case 'drawing':
    case 'waiting':
      return <WaitForTicket {...props} key={state.exchange.ticket} state={state} />;
    case 'drawing-free':
      return <FreeDrawView {...props} />;
    case 'receiving':
      return <Receive {...props} state={state} />;
    case 'interrupted':
      return <ReceiveInterrupted {...props} state={state} />;
    case 'arrived':
      return <Received {...props} state={state} />;
  }
}

/** Effects outside of the page's own elements: title, notification, warning before leaving. */
function usePageEffects(state: ExchangeState, batch: Batch, uploader: Uploader): void {
  useTitle(state, batch);
  useArrivalNotification(state);
  useWarningBeforeLeaving(
    state.name === 'giving' || (state.name === 'arrived' && !state.isSaved) || batch.items.some(isUploading),
  );
  useEffect(() => {
    if ('exchange' in state && state.exchange) uploader.addEarlierGift(state.exchange);
  }, [state, uploader]);
}

/** A part of the page that cannot be loaded: the service has a newer version, or is out of reach. Vite reports it here. */
function useMissingParts(setPageFailure: (failure: Failure) => void): void {
  useAbortable((signal) => {
    addEventListener('vite:preloadError', () => setPageFailure({ code: 'part-missing' }), { signal });
  }, []);
}

/** Asks once, and only if a reload has ended an upload. */
function useUnfinishedUploads(services: Services, dispatch: Dispatch): void {
  useAbortable((signal) => {
    if (services.uploads.unfinished.length > 0) void askAboutUnfinished(services, { signal, onEvent: dispatch });
  }, []);
}

/** The title of a background tab tells that a delivery has arrived. */
function useTitle(state: ExchangeState, batch: Batch): void {
  const title = titleText(state, batch);
  useEffect(() => {
    document.title = title ? t('title', { what: title, product: t('product') }) : t('product');
  }, [title]);
}

function titleText({ name }: ExchangeState, batch: Batch): string | undefined {
  if (name === 'arrived') return t('arrived');
  const { uploading, given, all } = totalsOf(batch);
  if (uploading > 0) return t('many.title', { given, all });
  return name === 'waiting' ? t('waiting') : undefined;
}

/** A layout effect: removed before the page paints that everything is sent. */
function useWarningBeforeLeaving(isNeeded: boolean): void {
  useLayoutEffect(() => {
    if (!isNeeded) return;
    const controller = new AbortController();
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn, { signal: controller.signal });
    return () => controller.abort();
  }, [isNeeded]);
}
