/** An entry of the table of problems. */
export interface ProblemDefinition {
  readonly status: number;
  readonly title: string;
  /** Explains the problem and what to do about it. */
  readonly advice: string;
}

export const problem = (status: number, title: string, advice: string): ProblemDefinition => ({
  status,
  title,
  advice,
});
