import type { Sure } from '../fleet/surroundings.ts';
import type { Gathering } from './gathering.ts';
import type { Pace } from './pace.ts';

/** What all players wait for. */
export interface Turns {
  pace: Pace;
  gathering: Gathering;
  /** Waited for before anything is taken in. */
  sure: Sure;
}

/** Takes a message in. Never rejects. */
type Take = () => Promise<void> | undefined;

/** What one player brings, taken in in the order in which it came. */
export class Line {
  readonly #turns: Turns;
  /** Set while a message waits (for the device to be fetched): those after it wait for their turn. */
  #last: Promise<void> | undefined;
  /** So many of its reports are held. */
  #held = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  add(take: Take): void {
    this.#release();
    this.#queue(take);
  }

  /** The same for a report, which is held for a moment unless somebody waits for it. */
  report(take: Take, isAwaited: boolean): void {
    const { gathering } = this.#turns;
    if (isAwaited) {
      // The device may have another socket, whose reports are to keep their place.
      gathering.flush();
      this.#queue(take);
      return;
    }
    this.#held++;
    gathering.take(() => {
      this.#held--;
      this.#queue(take);
    });
  }

  /** Once all that came before is taken in. */
  after(then: () => void): void {
    this.#release();
    const wait = this.#last ?? this.#turns.sure();
    if (wait) void wait.then(then);
    else then();
  }

  /** It left. In its turn, too, for many may leave at once. */
  end(leave: () => void): void {
    this.#release();
    const { pace } = this.#turns;
    void (this.#last ? this.#last.then(() => pace.run(leave)) : pace.run(leave));
  }

  #queue(take: Take): void {
    const { pace, sure } = this.#turns;
    const wait = this.#last ?? sure();
    const left = wait ? wait.then(() => pace.run(take)) : pace.run(take);
    if (!left) return;
    this.#last = left;
    void left.then(() => {
      if (this.#last === left) this.#last = undefined;
    });
  }

  #release(): void {
    if (this.#held > 0) this.#turns.gathering.flush();
  }
}
