import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useReducer,
  useRef,
  useState,
} from 'preact/hooks';
import type { PoolStats } from '../contract/api/schemas.ts';
import { Announcement, useFocusKept } from './announcer.tsx';
import { heardOf } from './batch/announcements.ts';
import type { Batch } from './batch/batch.ts';
import { Many } from './batch/batch-view.tsx';
import { totalsOf } from './batch/totals.ts';
import { useBatch } from './batch/use-batch.ts';
import { Take } from './draw/free-draw.tsx';
import { useTelling } from './draw/notify-me.tsx';
import { Draw } from './draw/wait-for-ticket.tsx';
import type { Why } from './failures.ts';
import { useDropAnywhere } from './files/file-drop.ts';
import type { Offered } from './files/selected-files.ts';
import { Counter } from './give/counter.tsx';
import { Give } from './give/give.tsx';
import { Shared, useShared } from './give/shared-files.tsx';
import { useOffer } from './give/use-give.ts';
import { useMine } from './history/hash-route.ts';
import { Mine, MineLink } from './history/history.tsx';
import { t } from './i18n/messages.tsx';
import { useOnline } from './offline/offline.tsx';
import { Pool } from './pool/pool.tsx';
import { usePool } from './pool/use-pool-stats.ts';
import { Broken, Receive } from './receive/receive.tsx';
import { Arrived } from './receive/received.tsx';
import { Sheet } from './scene/sheet.tsx';
import { isOnItsWay } from './state/batch-item.ts';
import { type Dispatch, next, restore, type State } from './state/exchange.ts';
import { hasMore, onward } from './state/next-step.ts';
import type { Tools } from './state/services.ts';
import { LanguageChoice } from './ui/language-picker.tsx';

export function App({ tools }: { readonly tools: Tools }) {
  const [state, dispatch] = useReducer(next, undefined, () => restore(onward(tools)));
  const [aside, setAside] = useState<Why>();
  const stats = usePool(tools.client);
  const batch = useBatch(tools.run);
  const [, setTick] = useState(0);
  const stage = useRef<HTMLElement>(null);
  const link = useRef<HTMLAnchorElement>(null);
  const mine = useMine({ link, stage });

  const take = useOffer({ state, tools, dispatch, setAside, largest: stats?.max_file_size });
  const offer = useCallback(
    (offered: Offered | Promise<Offered>) => {
      mine.close('stage');
      return take(offered);
    },
    [take, mine.close],
  );
  const isDragging = useDropAnywhere(offer);
  useFocusKept(stage, state.name);
  // Before anything more can be said about the new one.
  useLayoutEffect(() => setAside(undefined), [state]);
  useTitle(state, batch);
  useTelling(state);
  useShared(state, dispatch);
  const isOnline = useOnline();
  useWarningBeforeLeaving(
    state.name === 'giving' ||
      (state.name === 'arrived' && !state.saved) ||
      batch.items.some(isOnItsWay),
  );
  useEffect(() => {
    if ('exchange' in state && state.exchange) tools.run.remember(state.exchange);
  }, [state, tools.run]);

  const props = { tools, dispatch };
  return (
    <main class="column">
      <header>
        <div class="masthead">
          <p class="product">{t('product')}</p>
          <div>
            <MineLink tools={tools} isOpen={mine.isOpen} link={link} />
            <LanguageChoice keep={tools.keep} changed={() => setTick((tick) => tick + 1)} />
          </div>
        </div>
        <h1>
          <span>{t('headline.give')}</span> <span>{t('headline.get')}</span>
        </h1>
      </header>
      {mine.isOpen && <Mine {...props} state={state} close={mine.close} />}
      <section class="stage" ref={stage} aria-label={t('stage')} hidden={mine.isOpen}>
        {state.name === 'idle' ? (
          <Counter {...props} state={state} offer={offer} isDragging={isDragging} stats={stats} />
        ) : (
          <Sheet>
            <Scene {...props} state={state} offer={offer} batch={batch} stats={stats} />
          </Sheet>
        )}
        {hasMore(state, tools) && (
          <button
            type="button"
            class="link"
            onClick={() => dispatch({ type: 'turned', to: 'many' })}
          >
            {t('many.all')}
          </button>
        )}
      </section>
      <Announcement state={state} aside={aside} isOnline={isOnline} many={heardOf(batch)} />
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
  readonly state: Exclude<State, { name: 'idle' }>;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
  readonly offer: (offered: Offered) => void;
  readonly batch: Batch;
  readonly stats: PoolStats | undefined;
}

/** What happens on the sheet. */
function Scene({ state, offer, batch, stats, ...props }: SceneProps) {
  switch (state.name) {
    case 'many':
      return <Many {...props} state={state} offer={offer} batch={batch} stats={stats} />;
    case 'shared':
      return <Shared {...props} state={state} offer={offer} />;
    case 'giving':
      return <Give {...props} offering={state.offering} />;
    case 'drawing':
    case 'waiting':
      return <Draw {...props} key={state.exchange.ticket} state={state} />;
    case 'taking':
      return <Take {...props} />;
    case 'receiving':
      return <Receive {...props} state={state} />;
    case 'broken':
      return <Broken {...props} state={state} />;
    case 'arrived':
      return <Arrived {...props} state={state} />;
  }
}

/** Whoever waits in another tab sees there that the parcel has come. */
function useTitle(state: State, batch: Batch): void {
  const title = titleOf(state, batch);
  useEffect(() => {
    document.title = title ? t('title', { what: title, product: t('product') }) : t('product');
  }, [title]);
}

function titleOf({ name }: State, batch: Batch): string | undefined {
  if (name === 'arrived') return t('arrived');
  const { onTheirWay, given, all } = totalsOf(batch);
  if (onTheirWay > 0) return t('many.title', { given, all });
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
