import { commandFor } from '../../machines/intents.ts';
import type { LedgerEntry } from '../../src/fleet/ledger-entry.ts';
import type { FieldPlayer } from './field-player.ts';
import type { TestPlayer } from './player-line.ts';
import { disagreements, type World } from './world.ts';

/** Compares what happened to every command with what was reported about it. Call it once the system is quiet. */
export function untruths(world: World): string[] {
  const found = disagreements(world);
  const { ledger } = world.harness;
  for (const { commandId } of world.accepted) if (!ledger.get(commandId)) found.push(`${commandId} was forgotten`);
  for (const player of world.players) {
    const entries = ledger.ofDevice(player.id);
    for (const entry of entries) {
      const tellings = world.told.get(entry.record.commandId) ?? [];
      const about = `${entry.record.commandId} (${entry.record.command}, ${entry.record.status})`;
      found.push(...untruthsOf(entry, player).map((it) => `${about}: ${it}`));
      const times = tellings.length;
      if (times === 0 || (times > 1 && world.restarts === 0)) found.push(`${about}: told ${times} times`);
      for (const telling of tellings) {
        if (JSON.stringify(telling) !== JSON.stringify(entry.record)) found.push(`${about}: told otherwise`);
      }
    }
    found.push(...disorder(player, new Map(entries.map((it) => [it.record.commandId, it.order]))));
  }
  return found;
}

function untruthsOf({ record, spec }: LedgerEntry, player: TestPlayer): string[] {
  const { commandId, status, confirmedBy, attempts, alreadySo } = record;
  const command = commandFor(record.command);
  const endedAt = Date.parse(record.endedAt ?? '');
  const receipts = player.received.filter((it) => it.commandId === commandId);
  const effects = receipts.filter(({ effect }) => effect).length;
  const effectsByThen = receipts.filter(({ effect, effectAt }) => effect && effectAt <= endedAt).length;
  const answers = new Set(receipts.map(({ answer }) => answer));
  const isToggle = command === 'vlc:pause' || command === 'vlc:fullscreen';
  const rules: [boolean, string][] = [
    [record.endedAt !== undefined, 'it never ended'],
    [receipts.length <= attempts && attempts <= spec.maxAttempts, `${attempts} attempts, ${receipts.length} arrived`],
    [!isToggle || effects <= 1, `toggled ${effects} times`],
    [(status !== 'undelivered' && status !== 'cancelled') || (attempts === 0 && receipts.length === 0), 'it was sent'],
    [status !== 'timeout' || attempts > 0, 'it was never sent'],
    [status !== 'error' || answers.has('error'), 'the player answered no error'],
    [status !== 'success' || confirmedBy !== 'response' || answers.has('success'), 'the player answered no success'],
    [status !== 'success' || confirmedBy !== 'state' || alreadySo || effectsByThen > 0, 'a false proof'],
    [!alreadySo || (attempts === 0 && isSo(record.command, player, endedAt)), 'it was not so'],
  ];
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault);
}

/** Whether the screen is in the state that the intent asks for. */
function isSo(intent: string, player: TestPlayer, at: number): boolean {
  const truth = 'truthAt' in player ? (player as FieldPlayer).truthAt(at) : undefined;
  if (!truth) return true;
  const { status, fullscreen } = truth;
  if (intent === 'fullscreen:on' || intent === 'fullscreen:off') return fullscreen === (intent === 'fullscreen:on');
  if (intent === 'play') return status === 'playing';
  if (intent === 'stop') return status === 'stopped';
  return intent === 'pause' ? status !== 'playing' : status !== 'paused';
}

/** Commands arrive in the order of acceptance, and attempts of different commands do not interleave. */
function disorder({ id, received }: TestPlayer, orders: ReadonlyMap<string, number>): string[] {
  const inTurn = received.map(({ commandId }) => orders.get(commandId) ?? 0);
  return inTurn.some((order, i) => order < (inTurn[i - 1] ?? 0)) ? [`${id} received ${inTurn}`] : [];
}
