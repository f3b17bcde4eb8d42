import { useEffect, useState } from 'preact/hooks';
import type { Arrived as ArrivedState, Dispatch, Parcel } from './exchange.ts';
import { owedIn } from './exchange.ts';
import { formatSize, formatSpan } from './format.ts';
import { ParcelPicture } from './parcel.tsx';
import type { Tools } from './tools.ts';
import { kindWords, words } from './words.ts';

interface ArrivedProps {
  readonly state: ArrivedState;
  readonly tools: Tools;
  readonly dispatch: Dispatch;
}

/** The parcel is here: what it is, and the one action that makes it ours. */
export function Arrived({ state, tools, dispatch }: ArrivedProps) {
  const { parcel, bytes, saved } = state;
  const link = useBlobLink(bytes);
  const settle = () => {
    const owed = owedIn(state);
    if (owed) tools.keep.forget(owed);
    // It only frees the service's copy sooner; the delivery is made with or without it.
    tools.client.received(parcel).catch(() => undefined);
  };
  const save = () => {
    if (!saved) settle();
    dispatch({ type: 'saved' });
  };
  const goOn = () => {
    if (!saved) settle();
    dispatch({ type: 'ended', next: tools.keep.owed()[0] });
  };
  return (
    <>
      <ParcelPicture stage="arrived" />
      <h2 tabIndex={-1} data-focus>
        {words.arrived} <span class="soft">{words.arrivedMore}</span>
      </h2>
      <Card parcel={parcel} />
      <div class="actions">
        <a
          class={saved ? 'button' : 'button primary'}
          href={link}
          download={parcel.name}
          onClick={save}
        >
          {saved ? words.saveAgain : words.save}
        </a>
        <button type="button" class={saved ? 'primary' : undefined} onClick={goOn}>
          {saved ? words.giveAnother : words.letGo}
        </button>
      </div>
      <p class="quiet">{saved ? words.saved : words.unsaved}</p>
      <Proof state={state} />
    </>
  );
}

function useBlobLink(bytes: Blob): string {
  const [link, setLink] = useState('');
  useEffect(() => {
    const address = URL.createObjectURL(bytes);
    setLink(address);
    return () => URL.revokeObjectURL(address);
  }, [bytes]);
  return link;
}

function Card({ parcel: { name, kind, size, given_at } }: { readonly parcel: Parcel }) {
  const span = given_at && formatSpan(Date.now() - Date.parse(given_at));
  const waited = span ? words.waitedOnShelf(span) : words.justGiven;
  const facts = [kind && kindWords[kind], formatSize(size), given_at && waited].filter(Boolean);
  return (
    <div class="card">
      <p class="file-name">
        <bdi>{name}</bdi>
      </p>
      <p class="facts">
        {facts.map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
    </div>
  );
}

function Proof({ state: { checked, parcel } }: { readonly state: ArrivedState }) {
  if (!parcel.sha256) return <p class="quiet">{words.noFingerprint}</p>;
  return (
    <details>
      <summary>{words.details}</summary>
      <p>{checked ? words.checkedWhole : words.checkedSize}</p>
      <code class="fingerprint">{parcel.sha256}</code>
    </details>
  );
}
