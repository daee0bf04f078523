import { lockOwner } from '../../adapters/files/lock.ts';
import { type Config, ConfigError, loadConfig, misspeltVariables } from '../../config.ts';
import { checkDataDir } from '../doctor/data-dir.ts';
import { type Finding, findingsOf, messageOf } from '../doctor/finding.ts';
import { checkIdentityProvider } from '../doctor/identity-provider.ts';
import { checkClockSync, checkOpenFiles, checkRuntime } from '../doctor/machine.ts';
import { checkCertificate, checkPort } from '../doctor/port.ts';
import { checkPublicUrl } from '../doctor/public-url.ts';
import { checkDatabase, checkRedis } from '../doctor/stores.ts';
import { type Call, type Command, usageError } from './command.ts';
import { environmentOf, environmentOptions } from './environment.ts';
import { plain, printJson, printLine } from './output.ts';
import { isHere, knownToken } from './server.ts';

export const doctor: Command = {
  usage: 'doctor',
  summary: 'check this machine, what the server needs, and the way to it; says what is wrong and what to do',
  details:
    'On the machine of the server, with its environment and as its user, whether it runs or not. Checks the\n' +
    'configuration, Node, DATA_DIR, the disk, the database, Redis, the clock, the port and the certificate; with --url,\n' +
    'also the proxy: its certificate, long-polling, WebSockets, and whether the server sees the addresses of clients.\n' +
    'It changes nothing. The exit code is 1 if anything is wrong.',
  options: {
    ...environmentOptions,
    url: { value: 'URL', help: 'the address that players use, such as https://signage.example.org' },
    token: {
      value: 'TOKEN',
      help: 'an admin token; default: VIGIA_TOKEN; if --url is this machine, that of the environment or of DATA_DIR',
    },
    json: { help: 'print JSON, one line for each finding' },
  },
  async run(call) {
    const url = urlOf(call);
    const env = environmentOf(call);
    const findings: Finding[] = [];
    const report = (found: Finding[]) => {
      for (const finding of found) print(finding, call.is('json'));
      findings.push(...found);
    };
    const config = checkConfiguration(env, report);
    if (config) {
      const pid = await lockOwner(config.dataDir).catch(() => undefined);
      const checks: [string, () => Promise<Finding[]> | Finding[]][] = [
        ['node', () => checkRuntime(config)],
        ['data', () => checkDataDir(config.dataDir)],
        ['database', () => checkDatabase(config)],
        ['redis', () => checkRedis(config)],
        ['sign-in', () => checkIdentityProvider(config)],
        ['clock', checkClockSync],
        ['open files', () => checkOpenFiles(pid)],
        ['port', () => checkPort(config)],
        ['certificate', () => checkCertificate(config)],
      ];
      if (url) checks.push(['address', async () => checkPublicUrl(url, await knownToken(call, env, isHere(url)))]);
      for (const [name, check] of checks) report(await guarded(name, check));
    }
    const faults = findings.filter(({ status }) => status === 'fault').length;
    const warnings = findings.filter(({ status }) => status === 'warning').length;
    if (!call.is('json')) {
      const rest = url || !config ? '' : ' With --url, the way through the proxy is checked as well.';
      printLine(`\n${faults} wrong, ${warnings} to look at, ${findings.length - faults - warnings} fine.${rest}`);
    }
    return faults > 0 ? 1 : 0;
  },
};

function urlOf(call: Call): string | undefined {
  const url = call.text('url')?.replace(/\/+$/, '');
  if (url !== undefined && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
    throw usageError(`"${url}" is not an address such as https://signage.example.org.`);
  }
  return url;
}

function checkConfiguration(env: NodeJS.ProcessEnv, report: (found: Finding[]) => void): Config | undefined {
  const { ok, warning, fault } = findingsOf('configuration');
  report(
    misspeltVariables(env).map(({ name, nearest }) =>
      warning(`${name} is not a variable of vigia and is ignored.`, `Did you mean ${nearest}?`),
    ),
  );
  try {
    const config = loadConfig(env);
    report([ok('The configuration is valid.')]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // The first line counts them.
    const faults = error.message.split('\n').slice(1);
    report(faults.map((line) => fault(line.trim())));
    return undefined;
  }
}

async function guarded(name: string, check: () => Promise<Finding[]> | Finding[]): Promise<Finding[]> {
  try {
    return await check();
  } catch (error) {
    return [findingsOf(name).fault(`This could not be checked: ${messageOf(error)}`)];
  }
}

const WORDS = { ok: 'ok', warning: 'LOOK', fault: 'WRONG' };

function print(finding: Finding, asJson: boolean): void {
  if (asJson) return void printJson(finding);
  const { check, status, text, remedy } = finding;
  printLine(`${WORDS[status].padEnd(5)}  ${check.padEnd(14)}  ${plain(text)}`);
  if (remedy) printLine(`${' '.repeat(23)}→ ${plain(remedy)}`);
}
