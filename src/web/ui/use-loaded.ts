import { useEffect, useState } from 'preact/hooks';

/** A part of the page that is loaded when it is first shown; undefined until then, and without a connection. */
export function useLoaded<Part>(load: () => Promise<Part>): Part | undefined {
  const [loaded, setLoaded] = useState<{ readonly part: Part }>();
  useEffect(() => {
    void load()
      .then((part) => setLoaded({ part }))
      .catch(() => undefined);
  }, []);
  return loaded?.part;
}
