interface ProgressProps {
  /** 0 to 1. */
  readonly share: number;
  readonly label: string;
  /** The same in words. */
  readonly text: string;
}

export function Progress({ share, label, text }: ProgressProps) {
  return (
    <div class="progress">
      <progress max={1} value={share} aria-label={label} aria-valuetext={text} />
      <p class="figures">{text}</p>
    </div>
  );
}
