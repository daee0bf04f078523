import { commandNames } from '../../../machines/policy.ts';
import { type ClientError, type CommandHandler, connectPlayer, type Player } from '../../client/player.ts';
import { createLibraryState } from './library-state.ts';
import type { Fleet, SimulatedPlayer } from './player.ts';
import type { Random } from './random.ts';
import type { Screen } from './screen.ts';
import { createTally } from './tally.ts';

/**
 * A player built with our own library, as its author would write it. It has none of the faults of `fielded.ts`: the
 * library reconnects, executes each command once, and always answers.
 */
export function createLibraryPlayer(
  { options, scheduler, counts }: Fleet,
  screen: Screen,
  random: Random,
): SimulatedPlayer {
  const { url, token, slow } = options;
  const { deviceId, name: deviceName, group: deviceGroup } = screen.part;
  const { address, mac } = screen.machine;
  const profile = {
    deviceName,
    deviceGroup,
    deviceType: 'vlc',
    appVersion: '2.3.1',
    deviceNetwork: { eth0: { address, mac, family: 'IPv4' } },
  };
  const stateOf = createLibraryState(random, screen.machine, screen.startedAt);
  const tally = createTally(counts);
  let player: Player | undefined;
  let forget = () => {};
  let shown = !options.pictures;

  /** Memory and load always differ, so there is something to send each time. */
  function state() {
    if (tally.registered) counts.reports++;
    return stateOf(screen.vlc(), screen.now());
  }

  function report(): void {
    if (tally.registered) player?.setState(state());
  }

  const failed = ({ code, message }: ClientError) => tally.failed(`${code}: ${message}`);

  const handlerOf =
    (command: string): CommandHandler =>
    async (params) => {
      screen.command(command, params);
      const { state: playback, fullscreen } = screen.vlc();
      if (slow > 0) await new Promise<void>((resolve) => scheduler.after(slow, resolve));
      if (command === 'vlc:snapshot') return screen.picture();
      report();
      return { state: playback, fullscreen };
    };

  function connect(): void {
    player = connectPlayer({
      url,
      deviceId,
      token,
      profile,
      commands: Object.fromEntries(commandNames.map((command) => [command, handlerOf(command)])),
      readState: state,
      takeSnapshot: () => screen.picture().data,
    });
    forget = player.onStatus(({ link, error }) => {
      tally.become(link === 'registered');
      if (link === 'registered' && !shown) {
        shown = true;
        player?.sendSnapshot(screen.picture().data).catch(failed);
      }
      if (link === 'ended' && error) counts.refused++;
    });
    player.onError(failed);
    player.onCommand(({ answer }) => {
      if (answer) counts.answered++;
      else counts.commands++;
    });
  }

  return {
    generation: 'library',
    get registered() {
      return tally.registered;
    },
    connect,
    report,
    // The library reports `ended` when it is closed; this must not count as a refusal.
    async close() {
      forget();
      tally.become(false);
      player?.close();
      screen.stop();
    },
  };
}
