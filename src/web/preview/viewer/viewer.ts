/** The contract of all viewers: they show the bytes or call `fail`. */
export interface ViewerProps {
  /** The `type` of `DetectedType`. */
  readonly type: string;
  readonly name: string;
  readonly bytes: Blob;
  fail(failure: PreviewFailure): void;
}

/** Reasons why there is no preview. */
export type PreviewFailure = 'not-loaded' | 'kind' | 'broken' | 'too-large' | 'slow' | 'locked' | 'unplayable';
