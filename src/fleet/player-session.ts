import type { Session } from '../../machines/rivals.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { Snapshot } from '../protocol/snapshot.ts';

/** A registered player socket, as the fleet sees it: what can be asked of the machine at its other end. */
export interface PlayerSession extends Readonly<Session> {
  askState(): void;
  askSnapshot(): void;
  /** Fetches the screenshot that stays on the player. Undefined: the player is to be asked for it. */
  fetchSnapshot(): Promise<Snapshot> | undefined;
  /** `arrived` is called once the player has it, and all that it had said before has been taken in. */
  sendCommand(command: { commandId: string; command: string; params: JsonObject }, arrived: () => void): void;
  /** Is the client still there? `answered` is called when it answers a ping that is sent now. */
  probe(answered: () => void): void;
  /** Another machine that displaced it has left: it registers anew, by itself. */
  resume(): void;
  /** Final: tells the code and closes the namespace; the player does not come back by itself. */
  end(code: 'session_replaced' | 'revoked'): void;
  /** Temporary: closes the transport; the player comes back by itself (SPEC P9). */
  drop(reason: string): void;
}
