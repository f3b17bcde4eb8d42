/**
 * Caches the result of `ask` for `age` milliseconds. Concurrent callers share one call, and a failure is not cached.
 */
export function cached<T>(now: () => number, age: number, ask: () => Promise<T>) {
  let answer: Promise<T> | undefined;
  let goodUntil = 0;
  return (): Promise<T> => {
    if (answer !== undefined && now() < goodUntil) return answer;
    goodUntil = Number.POSITIVE_INFINITY;
    answer = ask().then(
      (value) => {
        goodUntil = now() + age;
        return value;
      },
      (error) => {
        answer = undefined;
        throw error;
      },
    );
    return answer;
  };
}
