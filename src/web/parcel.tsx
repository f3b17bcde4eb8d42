/** The one object that everything happens to. */
export type ParcelStage = 'open' | 'tying' | 'shelf' | 'coming' | 'arrived';

interface PictureProps {
  readonly stage: ParcelStage;
  /** How far the string has gone round, or the parcel has come: 0 to 1. */
  readonly share?: number;
}

/** A picture for the eye only: everything it tells is also written beside it. */
export function ParcelPicture({ stage, share = 1 }: PictureProps) {
  return (
    <svg class={`parcel is-${stage}`} viewBox="0 0 200 150" aria-hidden="true" focusable="false">
      <path class="shade" d="M22 140h156" />
      {stage === 'open' ? <OpenBox /> : <ClosedBox share={stage === 'arrived' ? 1 : share} />}
      {stage === 'shelf' && <Shelf />}
      {stage === 'arrived' && <Postmark />}
    </svg>
  );
}

function OpenBox() {
  return (
    <>
      <path class="inside" d="M48 66h104l-10-16H58z" />
      <path class="flap" d="M48 66 58 50 30 40 18 57zM152 66l-10-16 28-10 12 17z" />
      <path class="side" d="M48 66h104v72H48z" />
      <path class="arrow" d="M100 10v34m-12-12 12 12 12-12" />
    </>
  );
}

/** `pathLength` makes the string a hundred long, whatever its way, so that a share can be drawn of it. */
function ClosedBox({ share }: { readonly share: number }) {
  const tied = `${Math.round(share * 100)} 100`;
  return (
    <>
      <path class="lid" d="M40 58h120l-14-20H54z" />
      <path class="side" d="M40 58h120v80H40z" />
      <path class="string" d="M40 96h120" pathLength={100} stroke-dasharray={tied} />
      <path class="string" d="M100 138V58V38" pathLength={100} stroke-dasharray={tied} />
      {share >= 1 && <path class="string" d="M100 40c-22-24-34-2 0-2c34 0 22-22 0 2" />}
    </>
  );
}

function Shelf() {
  return (
    <>
      <path class="board" d="M4 138h192v6H4z" />
      <path class="neighbour" d="M8 104h24v34H8zM168 92h24v46h-24z" />
    </>
  );
}

function Postmark() {
  return (
    <g class="postmark" transform="rotate(-14 138 78)">
      <circle cx="138" cy="78" r="19" />
      <circle cx="138" cy="78" r="14" />
      <path d="M86 72q8-5 16 0t16 0M86 80q8-5 16 0t16 0" />
    </g>
  );
}
