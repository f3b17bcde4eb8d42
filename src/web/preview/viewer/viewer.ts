/** What every viewer is given, and what it may say instead of showing. */
export interface ViewerProps {
  /** Of `Sight`: under which media type a browser gets to see it, or how it is packed. */
  readonly type: string;
  readonly name: string;
  readonly bytes: Blob;
  fail(fault: PreviewFailure): void;
}

/** Why there is nothing to see. */
export type PreviewFailure = 'kind' | 'broken' | 'too-large' | 'slow' | 'locked' | 'unplayable';
