import { execFile } from 'node:child_process';
import type { Logger } from 'pino';

const WAIT_MS = 10_000;

export interface Systemd {
  /** The server serves. From now on the watchdog is fed, as long as the event loop turns. */
  ready(): void;
  stopping(): void;
}

/**
 * Tells systemd how the process is (`Type=notify`, `WatchdogSec=`); elsewhere it does nothing. Node cannot send to a
 * Unix datagram socket, so systemd's own tool does.
 */
export function createSystemd(env: NodeJS.ProcessEnv, log: Pick<Logger, 'warn'>): Systemd {
  if (!env.NOTIFY_SOCKET) return { ready() {}, stopping() {} };
  const notify = (state: string) =>
    void execFile('systemd-notify', [state], { timeout: WAIT_MS }, (error) => {
      if (error) log.warn({ err: error }, 'systemd-notify failed: systemd does not know how this process is');
    });
  const watchdogMs = Number(env.WATCHDOG_USEC ?? 0) / 1000;
  return {
    ready() {
      notify('READY=1');
      // Two missed turns leave time for a third.
      if (watchdogMs > 0) setInterval(notify, watchdogMs / 3, 'WATCHDOG=1').unref();
    },
    stopping: () => notify('STOPPING=1'),
  };
}
