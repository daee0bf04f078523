import type { DeviceDocument } from '../protocol/document.ts';

/** Devices that were lost within this time of each other were lost together. */
export const TOGETHER_MS = 120_000;
/** An incident needs this many devices, and half of the site's devices that were connected. */
export const MIN_DEVICES = 3;
const SHARE = 0.5;

interface Lost {
  id: string;
  at: number;
}

interface Site {
  name: string;
  online: number;
  lost: Lost[];
}

/** Groups devices by site (same group or same address). Losses of many devices of a site become one incident. */
export class Sites {
  readonly #sites = new Map<string, Site>();

  online(document: DeviceDocument): void {
    for (const site of this.#at(document)) site.online++;
  }

  /** `at`: since when the device is disconnected although it should be connected. */
  lost(document: DeviceDocument, at: number): void {
    for (const site of this.#at(document)) site.lost.push({ id: document.id, at });
  }

  /** For each site of the device that has an incident: the devices that were lost with it. Smallest site first. */
  incidentsOf(document: DeviceDocument, lostAt: number): { site: string; devices: string[] }[] {
    return this.#at(document)
      .map(({ name, online, lost }) => {
        const together = lost.filter(({ at }) => Math.abs(at - lostAt) <= TOGETHER_MS);
        return { site: name, devices: together.map(({ id }) => id), size: online + together.length };
      })
      .filter(({ devices, size }) => devices.length >= MIN_DEVICES && devices.length >= SHARE * size)
      .sort((a, b) => a.size - b.size);
  }

  #at({ group, connection }: DeviceDocument): Site[] {
    const names = [
      ...(group === null ? [] : [`group ${group}`]),
      ...(connection.address === null ? [] : [`address ${connection.address}`]),
    ];
    return names.map((name) => {
      const site = this.#sites.get(name) ?? { name, online: 0, lost: [] };
      this.#sites.set(name, site);
      return site;
    });
  }
}
