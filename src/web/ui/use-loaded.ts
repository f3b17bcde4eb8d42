import { useEffect, useState } from 'preact/hooks';

/** A part of the page that is loaded on demand, once. */
interface LazyPart<Part> {
  /** A load that failed is tried again by the next call. */
  load(this: void): Promise<Part>;
  /** Undefined until it is loaded. */
  readonly loaded: Part | undefined;
}

export function lazyPart<Part>(importPart: () => Promise<Part>): LazyPart<Part> {
  let loading: Promise<Part> | undefined;
  let loaded: Part | undefined;
  return {
    load: () => {
      loading ??= importPart().then(
        (part) => {
          loaded = part;
          return part;
        },
        (error) => {
          loading = undefined;
          throw error;
        },
      );
      return loading;
    },
    get loaded() {
      return loaded;
    },
  };
}

/** Loads a part when it is first shown; undefined until then, and without a connection. */
export function useLoaded<Part>(part: LazyPart<Part>): Part | undefined {
  const [, setLoaded] = useState(false);
  useEffect(() => {
    if (!part.loaded)
      void part
        .load()
        .then(() => setLoaded(true))
        .catch(() => undefined);
  }, [part]);
  return part.loaded;
}
