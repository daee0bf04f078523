import { Wire } from './wire.ts';

/** Ways in which a device can harm its neighbours. Ten at once: see `neighbours`. */
export const worstPlayers = [
  'flap',
  'flood',
  'giant-states',
  'partial-updates',
  'many-sockets',
  'slow-reader',
  'half-open',
  'idle-polling',
  'pictures',
  'stray-answers',
] as const;
export type WorstPlayer = (typeof worstPlayers)[number];

/** Those that the server restricts; the others cost it nothing. */
export const restrictedOnes: readonly WorstPlayer[] = [
  'flap',
  'flood',
  'giant-states',
  'many-sockets',
  'stray-answers',
];

export interface Trouble {
  stop(): void;
}

/** Runs all of them until stopped. A closed connection reconnects as fast as possible. */
export function makeTrouble(url: string, playerToken: string): Trouble {
  let isOver = false;
  const wires = new Set<Wire>();
  const timers = new Set<NodeJS.Timeout>();
  const aborter = new AbortController();

  function every(ms: number, work: () => void): void {
    timers.add(setInterval(() => !isOver && work(), ms));
  }

  function connect(id: WorstPlayer): Wire {
    const wire = new Wire(url, { query: `&deviceId=${id}`, auth: { token: playerToken } });
    wires.add(wire);
    void wire.closed.then(() => wires.delete(wire));
    return wire;
  }

  /**
   * Registers, and registers again whenever the connection is closed.
   * @returns the current connection
   */
  function keep(id: WorstPlayer, opened: (wire: Wire) => void = () => {}): () => Wire | undefined {
    let current: Wire | undefined;
    const open = async () => {
      if (isOver) return;
      const wire = connect(id);
      try {
        await wire.connected;
        wire.emit('player:register', JSON.stringify({ deviceId: id }));
        current = wire;
        opened(wire);
        await wire.closed;
      } catch {}
      current = undefined;
      if (!isOver) timers.add(setTimeout(() => void open(), 200));
    };
    void open();
    return () => (current && current.backlog < 20_000_000 ? current : undefined);
  }

  const giant = (n: number) => JSON.stringify({ list: Array.from({ length: 10_000 }, (_, i) => `item ${i + n}`), n });
  let n = 0;

  keep('flap', (wire) => timers.add(setTimeout(() => wire.close(), 50)));
  const flood = keep('flood');
  every(50, () => {
    for (let i = 0; i < 100; i++) flood()?.emit('player:state', `{"n":${n++}}`);
  });
  const giants = keep('giant-states');
  every(100, () => giants()?.emit('player:state', giant(n++)));
  const partial = keep('partial-updates', (wire) => wire.emit('player:state', giant(0)));
  every(20, () => partial()?.emit('state:update', `{"changes":{"part":{"n":"${n++}"}}}`));
  const sockets = Array.from({ length: 150 }, () => keep('many-sockets'));
  every(100, () => {
    for (const socket of sockets) socket()?.emit('state:update', `{"changes":{"n":"${n++}"}}`);
  });
  keep('slow-reader', (wire) => wire.pause());
  keep('half-open', (wire) => wire.pause());
  void idlePolling(url, playerToken, aborter.signal);
  const pictures = keep('pictures');
  const picture = 'A'.repeat(1_000_000);
  every(200, () => pictures()?.emit('player:state', `{"n":${n++},"snapshot":{"data":"${picture}"}}`));
  const answers = keep('stray-answers');
  every(50, () => {
    for (let i = 0; i < 100; i++)
      answers()?.emit('player:command:response', `{"commandId":"c${n++}","status":"success"}`);
  });

  return {
    stop() {
      isOver = true;
      aborter.abort();
      for (const timer of timers) clearTimeout(timer);
      for (const wire of wires) wire.close();
    },
  };
}

/** A long-polling session that signs in and never polls again. */
async function idlePolling(url: string, token: string, signal: AbortSignal): Promise<void> {
  const path = `${url}/socket.io/?EIO=4&transport=polling&deviceId=idle-polling`;
  try {
    const { sid } = JSON.parse((await (await fetch(path, { signal })).text()).slice(1)) as { sid: string };
    await fetch(`${path}&sid=${sid}`, { method: 'POST', body: `40${JSON.stringify({ token })}`, signal });
  } catch {}
}
