import type { CommandEndings } from './command-endings.ts';
import type { Learned } from './command-ledger.ts';
import type { DeviceHost } from './device-host.ts';

/** Acts on what the ledger has learned from other instances. */
export class Resumption {
  readonly #find: (id: string) => DeviceHost | undefined;
  readonly #endings: CommandEndings;
  readonly #hosts = new Set<DeviceHost>();

  constructor(find: (id: string) => DeviceHost | undefined, endings: CommandEndings) {
    this.#find = find;
    this.#endings = endings;
  }

  /** If the device is held here by now, its actor must continue from the record. */
  learned(learned: Learned | undefined): void {
    if (!learned) return;
    const { deviceId, commandId, endedAt } = learned.entry.record;
    const host = this.#find(deviceId);
    if (host && (!endedAt || commandId in host.versioned.document.commands)) this.#resumeSoon(host);
    this.#endings.learned(learned);
  }

  /** Once for all commands learned in this turn of the event loop. */
  #resumeSoon(host: DeviceHost): void {
    if (this.#hosts.size === 0) {
      setImmediate(() => {
        for (const it of this.#hosts) if (this.#find(it.id) === it) it.resume();
        this.#hosts.clear();
      });
    }
    this.#hosts.add(host);
  }
}
