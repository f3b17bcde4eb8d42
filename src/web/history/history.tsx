import type { RefObject, VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n/messages.tsx';
import type { ExchangeState } from '../state/exchange.ts';
import { type HistoryEntry, thanksIn } from '../state/history.ts';
import type { Services } from '../state/services.ts';
import { useAbortable } from '../state/use-abortable.ts';
import { useHistoryEntries } from '../state/use-history.ts';
import { Icon } from '../ui/icons.tsx';
import { lazyPart, useLoaded } from '../ui/use-loaded.ts';
import { AccountPlace } from './account-place.tsx';
import { EntryCard, type EntryPlace } from './entry.tsx';
import { type HistoryRoute, historyHash } from './hash-route.ts';
import { refreshPeriodically } from './refresh.ts';
import { hasUnsavedDelivery, type Stage } from './resume.ts';

const wholeList = lazyPart(() => import('./whole-list.tsx'));

interface HistoryLinkProps {
  readonly services: Services;
  readonly isOpen: boolean;
  readonly link: RefObject<HTMLAnchorElement | null>;
}

/** The link to the history, with the number of pending exchanges. */
export function HistoryLink({ services, isOpen, link }: HistoryLinkProps) {
  const entries = useHistoryEntries(services.store);
  const count = entries.filter(({ end }) => !end).length;
  const hearts = thanksIn(entries);
  return (
    <a class="mine-link" href={historyHash} ref={link} {...(isOpen ? { 'aria-current': 'page' } : {})}>
      <Icon name="history" /> {t('mine.link', { count })}
      {hearts > 0 && (
        <span class="hearts">
          <Icon name="heart" /> <span aria-hidden="true">{hearts}</span>
          <span class="only-heard">{t('mine.hearts', { count: hearts })}</span>
        </span>
      )}
    </a>
  );
}

interface HistoryViewProps extends Omit<Stage, 'go'> {
  readonly services: Services;
  readonly close: HistoryRoute['close'];
  readonly hasAccounts: boolean;
}

/** All exchanges of this browser. */
export function HistoryView({ services, state, dispatch, close, hasAccounts }: HistoryViewProps) {
  const entries = useHistoryEntries(services.store);
  const { isReached, pollNow } = useTicketPolling(services);
  const [isErased, setErased] = useState(false);
  const whole = useLoaded(wholeList);
  const section = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);
  useEscape(section, close);
  const stage: Stage = { state, dispatch, close: () => close('stage') };
  const renderEntry = (entry: HistoryEntry, place?: EntryPlace, more?: VNode) => (
    <EntryCard key={entry.key} {...{ entry, place, services, stage }}>
      {more}
    </EntryCard>
  );
  const empty = <Empty isErased={isErased} />;
  const list = entries.length === 0 ? empty : <ul class="entries">{entries.map((entry) => renderEntry(entry))}</ul>;
  return (
    <section class="mine" aria-labelledby="mine-heading" ref={section}>
      <div class="mine-top">
        <h2 id="mine-heading" tabIndex={-1} ref={heading}>
          {t('mine')}
        </h2>
        <button type="button" class="link" onClick={() => close()}>
          <Icon name="undo" /> {t('mine.back')}
        </button>
      </div>
      {!hasAccounts && <p class="quiet">{t('mine.about')}</p>}
      <Meanwhile state={state} />
      {!isReached && <p class="notice">{t('mine.old')}</p>}
      {hasAccounts ? <AccountPlace {...{ list, empty, entries, renderEntry }} store={services.store} /> : list}
      {whole && (
        <whole.WholeList
          {...{ services, stage }}
          imported={pollNow}
          isEmpty={entries.length === 0}
          erased={() => setErased(true)}
        />
      )}
    </section>
  );
}

/** Polls the tickets while the page is visible; returns whether the service answers, and how to begin anew. */
function useTicketPolling({ client, store }: Services) {
  const pollNow = useRef(() => {});
  const [isReached, setReached] = useState(true);
  useAbortable(
    (signal) => {
      let polling = new AbortController();
      const pollWhileVisible = () => {
        polling.abort();
        polling = new AbortController();
        if (document.visibilityState !== 'visible' || signal.aborted) return;
        void refreshPeriodically({
          client,
          store,
          signal: polling.signal,
          onReachable: setReached,
        });
      };
      pollNow.current = pollWhileVisible;
      pollWhileVisible();
      document.addEventListener('visibilitychange', pollWhileVisible, { signal });
      signal.addEventListener('abort', () => polling.abort(), { once: true });
    },
    [client, store],
  );
  return { isReached, pollNow: () => pollNow.current() };
}

/** Closes the view at Escape, except in a text field, where it would lose the text. */
function useEscape(section: RefObject<HTMLElement | null>, close: HistoryRoute['close']): void {
  // A layout effect, so that an Escape right after the first paint is heard.
  useLayoutEffect(() => {
    const controller = new AbortController();
    const onKeyDown = ({ key, target, defaultPrevented }: KeyboardEvent) => {
      const isHere = target === document.body || section.current?.contains(target as Node);
      const isWriting = target instanceof HTMLTextAreaElement;
      if (key === 'Escape' && isHere && !isWriting && !defaultPrevented) close();
    };
    addEventListener('keydown', onKeyDown, { signal: controller.signal });
    return () => controller.abort();
  }, [section, close]);
}

/** Mentions a transfer that goes on behind the view. */
function Meanwhile({ state }: { readonly state: ExchangeState }) {
  if (state.name === 'giving') return <p class="notice">{t('mine.meanwhile.giving')}</p>;
  if (!hasUnsavedDelivery(state)) return null;
  return <p class="notice">{state.name === 'arrived' ? t('mine.meanwhile.arrived') : t('mine.meanwhile.receiving')}</p>;
}

/** After the erasure it takes the focus. */
function Empty({ isErased }: { readonly isErased: boolean }) {
  const words = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isErased) words.current?.focus();
  }, [isErased]);
  return (
    <p class="lead" tabIndex={-1} ref={words}>
      {isErased ? t('mine.erased') : t('mine.empty')}
    </p>
  );
}
