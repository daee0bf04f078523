import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Config } from '../../config.ts';
import { type Finding, findingsOf, messageOf } from './finding.ts';

const OLDEST_NODE = [20, 19];
/** Fewer open files do not suffice for a fleet of a thousand. */
const FEW_FILES = 4096;

/** Node's version, and the native server. */
export async function checkRuntime(config: Config): Promise<Finding[]> {
  const node = findingsOf('node');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [least = 0, leastMinor = 0] = OLDEST_NODE;
  const isOld = major < least || (major === least && minor < leastMinor);
  const version = isOld
    ? node.fault(`Node ${process.versions.node} is too old.`, `Install Node ${OLDEST_NODE.join('.')} or later.`)
    : node.ok(`Node ${process.versions.node}`);
  return [version, await checkTransport(config)];
}

async function checkTransport({ transport, tlsKeyFile }: Config): Promise<Finding> {
  const { ok, warning } = findingsOf('transport');
  if (transport === 'node') return ok('Node’s own server, as TRANSPORT says');
  if (tlsKeyFile) return ok('Node’s own server, because this process serves TLS');
  try {
    await import('uWebSockets.js');
    return ok('µWebSockets.js loads');
  } catch (error) {
    const reason = messageOf(error).split('\n')[0];
    return warning(
      `µWebSockets.js does not load (${reason}); Node’s own server takes its place and needs more CPU.`,
      'Use a system that README, "The native server" names, or set TRANSPORT=node to say that this is intended.',
    );
  }
}

/** The limit of open files: of the running server if its process is known, else of this process. */
export function checkOpenFiles(pid: string | undefined): Finding[] {
  const { ok, warning } = findingsOf('open files');
  let limits: string;
  try {
    limits = readFileSync(`/proc/${pid ?? 'self'}/limits`, 'utf8');
  } catch {
    return [];
  }
  const most = Number(/Max open files\s+(\d+)/.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
  const who = pid ? `The server (process ${pid})` : 'A process started here';
  const text = `${who} may open ${most} files; each connection is one.`;
  return [most < FEW_FILES ? warning(text, 'Set LimitNOFILE=65536 in the unit, or ulimit -n 65536.') : ok(text)];
}

/** Whether something keeps the clock right. Only systemd says so in a way that is the same everywhere. */
export async function checkClockSync(): Promise<Finding[]> {
  const { ok, warning } = findingsOf('clock');
  try {
    const { stdout } = await promisify(execFile)('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      timeout: 5_000,
    });
    return stdout.trim() === 'yes'
      ? [ok('The clock is synchronised.')]
      : [
          warning(
            'Nothing keeps the clock of this machine right: schedules and timestamps follow it.',
            'Run "timedatectl set-ntp true", or install chrony.',
          ),
        ];
  } catch {
    return [ok('It is not known whether the clock is synchronised: timedatectl does not answer here.')];
  }
}

const MAX_SKEW_MS = 2_000;

/** Compares this machine's clock with another one. */
export function compareClocks(whose: string, theirs: number, ours: number, patienceMs = MAX_SKEW_MS): Finding {
  const { ok, warning } = findingsOf('clock');
  const seconds = Math.round(Math.abs(theirs - ours) / 1000);
  if (Math.abs(theirs - ours) <= patienceMs) return ok(`It agrees with the clock of ${whose}.`);
  const direction = theirs > ours ? 'behind' : 'ahead of';
  return warning(
    `The clock of this machine is ${seconds} s ${direction} the clock of ${whose}.`,
    'Synchronise both (timedatectl set-ntp true).',
  );
}
