import { useCallback, useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { Announcement, useFocusKept } from './announce.tsx';
import { Arrived } from './arrived.tsx';
import { Counter } from './counter.tsx';
import { Draw } from './draw.tsx';
import { useDropAnywhere } from './drop.ts';
import { isFree, next, restore, type State } from './exchange.ts';
import { Give } from './give.tsx';
import { findFault, isReadable, type Offered } from './offer.ts';
import { Pool, usePool } from './pool.tsx';
import { Broken, Receive } from './receive.tsx';
import { Take } from './take.tsx';
import type { Tools } from './tools.ts';
import type { Why } from './why.ts';
import { words } from './words.ts';

export function App({ tools }: { readonly tools: Tools }) {
  const [state, dispatch] = useReducer(next, undefined, () => restore(tools.keep.owed()[0]));
  const [aside, setAside] = useState<Why>();
  const stats = usePool(tools.client);
  const stage = useRef<HTMLElement>(null);

  const offer = useOffer(state, dispatch, setAside, stats?.max_file_size);
  const isDragging = useDropAnywhere(offer);
  useFocusKept(stage, state.name);
  useEffect(() => setAside(undefined), [state]);
  useTitle(state);
  useWarningBeforeLeaving(state.name === 'giving' || (state.name === 'arrived' && !state.saved));

  const props = { tools, dispatch };
  return (
    <main class="column">
      <header>
        <p class="product">{words.product}</p>
        <h1>
          {words.headline.map((sentence) => (
            <span key={sentence}>{sentence} </span>
          ))}
        </h1>
      </header>
      <section class="stage" ref={stage} aria-label={words.stage}>
        {state.name === 'idle' && (
          <Counter {...props} state={state} offer={offer} isDragging={isDragging} stats={stats} />
        )}
        {state.name === 'giving' && <Give {...props} file={state.file} />}
        {(state.name === 'drawing' || state.name === 'waiting') && (
          <Draw {...props} state={state} />
        )}
        {state.name === 'taking' && <Take {...props} />}
        {state.name === 'receiving' && <Receive {...props} state={state} />}
        {state.name === 'broken' && <Broken {...props} state={state} />}
        {state.name === 'arrived' && <Arrived {...props} state={state} />}
      </section>
      <Announcement state={state} aside={aside} />
      <Pool stats={stats} />
      <footer>
        <p>{words.promise}</p>
        <a href="/docs">{words.docs}</a>
      </footer>
    </main>
  );
}

/** What happens with files that were chosen, dropped or pasted, whatever the page is busy with. */
function useOffer(
  state: State,
  dispatch: (event: Parameters<typeof next>[1]) => void,
  setAside: (why: Why) => void,
  largest: number | undefined,
): (offered: Offered) => Promise<void> {
  return useCallback(
    async (offered) => {
      if (!isFree(state)) return setAside({ code: 'busy' });
      const [file] = offered.files;
      const fault = findFault(offered, largest);
      if (fault || !file) return dispatch({ type: 'refused', why: fault ?? { code: 'folder' } });
      if (await isReadable(file)) dispatch({ type: 'offered', file });
      else dispatch({ type: 'refused', why: { code: 'unreadable' } });
    },
    [state, dispatch, setAside, largest],
  );
}

/** Whoever waits in another tab sees there that the parcel has come. */
function useTitle({ name }: State): void {
  useEffect(() => {
    const titles: Partial<Record<State['name'], string>> = {
      waiting: words.waiting,
      arrived: words.arrived,
    };
    const title = titles[name];
    document.title = title ? `${title} ${words.product}` : words.product;
  }, [name]);
}

function useWarningBeforeLeaving(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const controller = new AbortController();
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn, { signal: controller.signal });
    return () => controller.abort();
  }, [isNeeded]);
}
