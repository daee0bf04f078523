import type { DeviceDocument } from '../protocol/document.ts';

/** Devices that were lost within this time of one another were lost together. */
export const TOGETHER_MS = 120_000;
/** It takes so many, and half of those of the site that were there. */
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

/** Where devices are together: what takes many of one group, or of one address, is not the matter of each of them. */
export class Sites {
  readonly #sites = new Map<string, Site>();

  online(document: DeviceDocument): void {
    for (const site of this.#at(document)) site.online++;
  }

  /** `at`: since when it is not connected, although it should be. */
  lost(document: DeviceDocument, at: number): void {
    for (const site of this.#at(document)) site.lost.push({ id: document.id, at });
  }

  /** Who was lost together with this device, at each of its sites where these are many; the smallest first. */
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
