import { useEffect } from 'react';
import { basePath } from './base.ts';
import { useClock } from './clock.tsx';
import { useLink, useSession } from './session.tsx';

const CHECK_MS = 5 * 60_000;
/** A fresh page now and then ends whatever a browser accumulates in weeks. */
const MAX_AGE_MS = 24 * 3600_000;

/**
 * Keeps an unattended page fresh: reloads it once the server has another version of the console, or after a day, but
 * only while the server answers; and follows the server's clock.
 */
export function useFreshPage(): void {
  const { rest } = useSession();
  const clock = useClock();
  const isLive = useLink() === 'live';
  useEffect(() => {
    if (!isLive) return;
    const gone = new AbortController();
    const check = async () => {
      const page = await servedPage(gone.signal);
      if (page === undefined || gone.signal.aborted) return;
      if (!page.includes(ownScript()) || performance.now() > MAX_AGE_MS) return location.reload();
      const { now } = await rest.get<{ now: string }>('/me', {}, gone.signal);
      clock.set(Date.parse(now));
    };
    // A failure is tried again the next time.
    const run = () => void check().catch(() => {});
    // At once: after a restart, the server may have another version.
    run();
    const timer = setInterval(run, CHECK_MS);
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [isLive, rest, clock]);
}

/** The HTML that the server has now; undefined if it is no page of the console. */
async function servedPage(signal: AbortSignal): Promise<string | undefined> {
  const response = await fetch(`${basePath}/`, { cache: 'no-store', headers: { accept: 'text/html' }, signal });
  const text = response.ok ? await response.text() : '';
  return text.includes('name="base-path"') ? text : undefined;
}

/** The name of this page's script, which contains a hash of its content. */
const ownScript = () =>
  document.querySelector<HTMLScriptElement>('script[type=module][src]')?.src.split('/').pop() ?? '';

/** Keeps the screen from going to sleep, where the browser can (only over https). */
export function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let isGone = false;
    const ask = async () => {
      if (document.hidden || !('wakeLock' in navigator)) return;
      const taken = await navigator.wakeLock.request('screen');
      if (isGone) await taken.release();
      else lock = taken;
    };
    const run = () => void ask().catch(() => {});
    run();
    // A hidden page loses it.
    document.addEventListener('visibilitychange', run);
    return () => {
      isGone = true;
      document.removeEventListener('visibilitychange', run);
      lock?.release().catch(() => {});
    };
  }, []);
}
