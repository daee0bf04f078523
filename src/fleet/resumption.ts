import type { DeviceHost } from './device-host.ts';

/** Restarts the actors of devices whose commands progressed at another instance: once for all progress of one turn. */
export class Resumption {
  readonly #find: (id: string) => DeviceHost | undefined;
  readonly #hosts = new Set<DeviceHost>();

  constructor(find: (id: string) => DeviceHost | undefined) {
    this.#find = find;
  }

  add(host: DeviceHost): void {
    if (this.#hosts.size === 0) {
      setImmediate(() => {
        for (const it of this.#hosts) if (this.#find(it.id) === it) it.resume();
        this.#hosts.clear();
      });
    }
    this.#hosts.add(host);
  }
}
