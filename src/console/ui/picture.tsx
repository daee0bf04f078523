import { useEffect, useState } from 'react';
import { useLink, useSession } from '../core/session.tsx';

const PASSING_MS = 120;

/** A screenshot of the server, fetched with the token. Renders nothing until it has loaded. */
export function Picture({ url, alt, className }: { url: string; alt: string; className?: string | undefined }) {
  const { pictures } = useSession();
  const link = useLink();
  const [loaded, setLoaded] = useState<{ url: string; local: string }>();
  const local = pictures.peek(url) ?? (loaded?.url === url ? loaded.local : undefined);
  const isHere = local !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once the connection is back, it is tried again
  useEffect(() => {
    if (isHere) return;
    let isWanted = true;
    // Screenshots that are only scrolled past are not fetched.
    const timer = setTimeout(() => {
      pictures.fetch(url).then(
        (it) => isWanted && setLoaded({ url, local: it }),
        () => {},
      );
    }, PASSING_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [url, isHere, pictures, link]);
  return local ? <img src={local} alt={alt} className={className} decoding="async" /> : null;
}
