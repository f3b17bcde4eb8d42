/** The files that came out of a file picker, a drop or a paste. */
export interface FileSelection {
  readonly files: readonly File[];
  /** Number of system files that were left out of a folder. */
  readonly leftOut?: number;
  /** Number of files that a folder did not let us read. */
  readonly unreadable?: number;
  /** True if there were more than `maxFiles`. */
  readonly isTruncated?: boolean;
}
