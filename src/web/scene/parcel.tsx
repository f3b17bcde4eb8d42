import type { CSSProperties } from 'preact';
import { type IconName, iconPath } from '../ui/icons.tsx';

/** One drawing shows all stages, so that it changes by CSS and is never replaced. */
type ParcelStage = 'open' | 'tying' | 'shelf' | 'coming' | 'arrived' | 'loosened' | 'unwrapped' | 'kept';

export interface Pose {
  readonly stage: ParcelStage;
  /** Progress of the string or of the parcel's way, 0 to 1. */
  readonly share?: number;
  /** The icon in the postmark. */
  readonly icon?: IconName | undefined;
}

/** Decorative: the text beside it says the same. */
export function ParcelPicture({ stage, share = 1, icon = 'other' }: Pose) {
  const way: CSSProperties = { '--way': stage === 'coming' ? 1 - share : 0 };
  const tied = tiedShare(stage, share);
  const isTied = tied >= 1 ? ' is-tied' : '';
  return (
    <svg class={`parcel is-${stage}${isTied}`} style={way} viewBox="0 34 320 206" aria-hidden="true" focusable="false">
      <Ground />
      <g class="box">
        <path class="inside" d="M70 113 92 78q68-1.5 136 0l22 35z" />
        <path class="flap far" d="M92 78.5 101 47q60-1.5 119 .5l8 31z" />
        <Sheet icon={stage === 'open' ? 'arrow' : icon} />
        <Front />
        <path class="flap first" d="M70 113 92 78 47 60q-13 14-21 34z" />
        <path class="flap last" d="M250 113 228 78l45-18q13 14 21 34z" />
        <path class="flap near" d="M70 112q90-1.5 180 0l7 27q-97 3-194 0z" />
        <path class="lid first" d="M70 113 92 78q34-1 68-.5V112z" />
        <path class="lid last" d="M250 113 228 78q-34-1-68-.5V112z" />
        <Strings tied={tied} />
        <Postmark icon={icon} />
      </g>
      <Twine />
      <g class="loose">
        <Line d="M16 224c10-15 30-11 27 0-2 9-19 7-15-4 5-13 28-8 36-1 8 8 22 9 30 3" />
      </g>
    </svg>
  );
}

function tiedShare(stage: ParcelStage, share: number): number {
  if (stage === 'tying') return share;
  return stage === 'shelf' || stage === 'coming' || stage === 'arrived' ? 1 : 0;
}

/** The ground under the parcel: a counter, a shelf with neighbours, or speed lines. */
function Ground() {
  return (
    <>
      <path class="shade" d="M50 227h222M78 232h170M120 237h88" />
      <g class="on-shelf">
        <path class="neighbour" d="M10 176h44v45H10zM266 158h44v63h-44z" />
        <path class="board" d="M3 222q157-1.5 314 0v8q-157 1.5-314 0z" />
        <path class="bracket" d="M36 231v8M284 231v8" />
      </g>
      <path class="wind" d="M8 142h44M20 170h34M2 198h50" />
    </>
  );
}

function Front() {
  return (
    <>
      <path class="side" d="M70 112q90-1.5 180 0 1.5 56-.5 110.5-90 2-179 0Q68.5 168 70 112z" />
      <path class="hatch" d="M240 150v60M234 168v46M228 188v28M222 204v13M84 126h9M110 209h7M196 205h5" />
      <path class="label" d="M84 183q31-1 60 0v29q-30 1-60 0z" />
      <path class="writing" d="M91 191q10-2 22 0t18 0M91 198q8-2 16 0t22 0M91 205h18" />
    </>
  );
}

/** The sheet of paper that goes into the parcel or comes out of it. */
function Sheet({ icon }: { readonly icon: IconName | 'arrow' }) {
  return (
    <g class="content">
      <path class="paper" d="M113 121h72l20 20v66q-46 1.5-92 0z" />
      <path class="fold" d="M185 121v20h20z" />
      {icon === 'arrow' ? (
        <path class="arrow" d="M158 140v40m-15-14 15 15 15-15" />
      ) : (
        <path class="sign" transform="translate(135 141) scale(1.9)" d={iconPath(icon)} />
      )}
    </g>
  );
}

/** Two strings, each tied by one half of the progress. */
function Strings({ tied }: { readonly tied: number }) {
  return (
    <>
      <Thread d="M70 168q90 1.5 180 0" tied={tied * 2} />
      <Thread d="M160 223V112l0-34" tied={tied * 2 - 1} />
      <g class="bow">
        <Line d="M160 95c-18-24-44-24-42-9 1 12 28 13 42 9 18-24 44-24 42-9-1 12-28 13-42 9-6 10-13 16-21 20m21-20c6 10 14 17 23 19" />
        <circle class="knot turns" cx="160" cy="95" r="5" />
      </g>
    </>
  );
}

/** `pathLength` sets the length to 100, so that the dash array is a percentage. */
function Thread({ d, tied }: { readonly d: string; readonly tied: number }) {
  const length = Math.round(Math.min(1, Math.max(0, tied)) * 100);
  return (
    <g opacity={length > 0 ? 1 : 0} stroke-dasharray={`${length} 200`}>
      <Line d={d} />
    </g>
  );
}

/** A light string with a dark edge. */
function Line({ d }: { readonly d: string }) {
  return (
    <>
      <path class="edge" d={d} pathLength={100} />
      <path class="thread" d={d} pathLength={100} />
    </>
  );
}

function Postmark({ icon }: { readonly icon: IconName }) {
  return (
    <g class="postmark">
      <path d="M96 131q8-6 16 0t16 0 16 0 16 0 16 0M96 141q8-6 16 0t16 0 16 0 16 0 16 0M96 151q8-6 16 0t16 0 16 0 16 0 16 0" />
      <circle cx="206" cy="141" r="23" />
      <circle cx="206" cy="141" r="18.5" />
      <path class="sign" transform="translate(194 129)" d={iconPath(icon)} />
    </g>
  );
}

/** The ball of string. */
function Twine() {
  return (
    <g class="twine">
      <Line d="M250 168c16-6 20 14 30 22" />
      <circle class="ball" cx="288" cy="206" r="19" />
      <path
        class="turns"
        d="M272 198q17-9 31 2M270 207q18-10 36 1M274 217q14-10 29-2M280 189q-8 16 0 34M294 188q8 16 1 36"
      />
    </g>
  );
}
