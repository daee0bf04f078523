import type { Session } from '../../machines/rivals.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { Snapshot } from '../protocol/snapshot.ts';

/** A registered player socket, as the fleet uses it. */
export interface PlayerSession extends Readonly<Session> {
  askState(): void;
  askSnapshot(): void;
  /** Fetches the screenshot that is kept on the player. Undefined: the player must be asked for it. */
  fetchSnapshot(): Promise<Snapshot> | undefined;
  /** `arrived` is called once the player has the command and all its earlier messages are processed. */
  sendCommand(command: { commandId: string; command: string; params: JsonObject }, arrived: () => void): void;
  /** Checks whether the client is alive. `answered` is called with the answer to a ping sent now. */
  probe(answered: () => void): void;
  /** The machine that displaced this one has left: this one must register again. */
  resume(): void;
  /** Final: sends the code and closes the namespace. The player does not reconnect by itself. */
  end(code: 'session_replaced' | 'revoked'): void;
  /** Temporary: closes the transport. The player reconnects by itself (SPEC P9). */
  drop(reason: string): void;
}
