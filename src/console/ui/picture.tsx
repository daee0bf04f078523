import { useEffect, useState } from 'react';
import { useLink, useSession } from '../core/session.tsx';

const PASSING_MS = 120;

/** A picture of the server's (it wants the token), or nothing where there is none or until it is here. */
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
    // What is only scrolled past is not fetched.
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
