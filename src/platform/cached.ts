/**
 * Asks again only when the last answer is older than `age`; who asks meanwhile waits for the same one. A failure is told to
 * those who wait for it, and not remembered.
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
