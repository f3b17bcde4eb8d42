import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AccountPanel } from '../account/account.tsx';

type PanelProps = Parameters<typeof AccountPanel>[0];

/** The account above the list, where the exchange has accounts. Its code is loaded with the view. */
export function AccountPlace(props: PanelProps) {
  const [loaded, setLoaded] = useState<{ readonly Panel: ComponentType<PanelProps> }>();
  useEffect(() => {
    void import('../account/account.tsx')
      .then(({ AccountPanel }) => setLoaded({ Panel: AccountPanel }))
      .catch(() => undefined);
  }, []);
  return loaded ? <loaded.Panel {...props} /> : props.list;
}
