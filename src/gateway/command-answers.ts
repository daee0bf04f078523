import type { DeviceHost } from '../fleet/device-host.ts';
import type { CommandResponse } from '../protocol/player.ts';
import { boundedAnswer } from './bounded-result.ts';
import type { PlayerDeps } from './player-deps.ts';
import { pictureOfAnswer } from './player-pictures.ts';

/** Hands a player's answer to its command on, without the screenshot that it may contain. */
export function takeAnswer(
  host: DeviceHost,
  response: CommandResponse,
  address: string,
  pictures: PlayerDeps['pictures'],
): void {
  const { commandId } = response;
  const command = host.versioned.document.commands[commandId]?.command;
  const device = { id: host.id, address: host.session?.address ?? address };
  const picture = pictureOfAnswer(pictures, device, response, command);
  host.seen();
  host.respond(commandId, boundedAnswer(response, picture ? picture.beside : response.result), picture?.complete);
}
