import type { CommandName } from '../protocol/commands.ts';
import type { JsonObject } from '../protocol/document.ts';
import type { Snapshot } from '../protocol/snapshot.ts';

/** A registered player socket, as the fleet sees it: what can be asked of the machine at its other end. */
export interface PlayerSession {
  readonly id: string;
  readonly address: string;
  /** Where it comes from: address and network. Two sessions from one place are one machine. */
  readonly place: string;
  askState(): void;
  askSnapshot(): void;
  /** Fetches the screenshot that stays on the player. Undefined: the player is to be asked for it. */
  fetchSnapshot(): Promise<Snapshot> | undefined;
  /** `arrived` is called once the player has it, and all that it had said before has been taken in. */
  sendCommand(command: { commandId: string; command: CommandName; params: JsonObject }, arrived: () => void): void;
  /** Final: tells the code and closes the namespace; the player does not come back by itself. */
  end(code: 'session_replaced' | 'revoked'): void;
  /** Temporary: closes the transport; the player comes back by itself (CONTRACT P9). */
  drop(reason: string): void;
}
