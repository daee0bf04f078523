/**
 * States of the real shape: about 2 kB, 8 fields that tick with every report; every fifth report is a real change.
 * Written as text with holes, so that a report costs the load generator a concatenation.
 */
export class StateText {
  readonly #before: readonly string[];
  #count: number;

  /** @param reports how many it has made already */
  constructor(device: number, reports = 0) {
    this.#count = (device % 5) + reports;
    const text = JSON.stringify(template(device));
    this.#before = text.split(/"#\d"/);
  }

  /** The one thing that changes for good reason: which item plays. */
  get item(): number {
    return Math.floor(this.#count / 5) % 6;
  }

  next(now: number): string {
    const n = ++this.#count;
    const { item } = this;
    const time = n * 1.5;
    const holes = [
      now,
      100_000 + n * 2,
      ((n * 37) % 400) / 100,
      800_000_000 + ((n * 7919) % 100_000) * 1000,
      40 + (n % 20),
      time.toFixed(1),
      ((time % 600) / 600).toFixed(5),
      99_000 + n * 2,
      item,
    ];
    let text = this.#before[0] as string;
    for (let i = 0; i < holes.length; i++) text += holes[i] + (this.#before[i + 1] as string);
    return text;
  }
}

function template(device: number): object {
  const id = device.toString(36).padStart(6, '0');
  const word = (salt: number) => (((device + 1) * 2654435761 * (salt + 1)) >>> 0).toString(36);
  const items = Array.from({ length: 6 }, (_, i) => ({
    id: `${id}-${word(i)}`,
    name: `clip ${word(i + 10)}`,
    uri: `file:///media/${word(i + 20)}/${word(i + 30)}.mp4`,
    duration: 30 + ((device + i * 7) % 90),
  }));
  return {
    timestamp: '#0',
    system: {
      hostname: `screen-${id}`,
      os: 'Debian GNU/Linux 12 (bookworm)',
      kernel: '6.1.0-28-amd64',
      arch: 'x64',
      uptime: '#1',
      load: '#2',
      memory: { total: 4_096_000_000, free: '#3' },
      temperature: '#4',
      cpu: { model: 'Intel(R) Celeron(R) N4020 CPU @ 1.10GHz', cores: 2 },
      timezone: 'Europe/Madrid',
      display: { connected: true, width: 1920, height: 1080, refresh: 60, name: `HDMI-${word(50)}` },
    },
    storage: {
      path: '/media',
      total: 64_000_000_000,
      used: 23_000_000_000 + device * 1000,
      files: 40 + (device % 200),
    },
    vlc: {
      state: 'playing',
      fullscreen: true,
      time: '#5',
      position: '#6',
      length: 600,
      volume: 256,
      rate: 1,
      loop: true,
      repeat: false,
      random: false,
      version: '3.0.20 Vetinari',
    },
    app: {
      name: 'player',
      version: `2.${device % 9}.${device % 5}`,
      pid: 1000 + (device % 3000),
      uptime: '#7',
      node: 'v18.19.0',
    },
    activePlaylist: { id: word(60), name: `playlist ${word(61)}`, index: '#8', items },
    defaultPlaylist: { id: word(62), name: 'default', items: items.slice(0, 2) },
  };
}
