import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig, misspeltVariables, settingsOf } from '../../src/config.ts';
import { environmentValue } from '../../src/environment.ts';
import { configFaults } from '../support/config-faults.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

async function fileWith(content: string): Promise<string> {
  const path = join(await temporaryDirectory(), 'secret');
  writeFileSync(path, content);
  return path;
}

describe('I1 secrets in files', () => {
  test.each([
    ['ADMIN_TOKEN', 'adminToken', 'an-admin-token-in-a-file'],
    ['PLAYER_TOKEN', 'playerToken', 'one,another'],
    ['METRICS_TOKEN', 'metricsToken', 'scrape'],
    ['DATABASE_URL', 'databaseUrl', 'postgres://me:secret@host/name'],
    ['ALERTMANAGER_URL', 'alertmanagerUrl', 'http://me:secret@host'],
    ['ALERT_WEBHOOK_URL', 'alertWebhookUrl', 'https://hooks.example.org/secret'],
    ['LOG_LEVEL', 'logLevel', 'debug'],
  ] as const)('%s', async (name, key, value) => {
    expect(loadConfig({ [`${name}_FILE`]: await fileWith(`${value}\n`) })[key]).toBe(value);
  });

  test('a cluster can have all of its secrets in files', async () => {
    const env = {
      REDIS_URL_FILE: await fileWith('redis://:secret@host'),
      DATABASE_URL_FILE: await fileWith('postgres://me:secret@host/name'),
      ADMIN_TOKEN_FILE: await fileWith('an-admin-token-in-a-file'),
      PLAYER_TOKEN_FILE: await fileWith('player'),
    };
    expect(loadConfig(env).redisUrl).toBe('redis://:secret@host');
    // Its fault is told once, and not as a missing variable as well.
    expect(configFaults({ ...env, PLAYER_TOKEN_FILE: '/nowhere' })).toBe(
      'The configuration has a fault:\n  PLAYER_TOKEN_FILE="/nowhere": must be a file that can be read (ENOENT)',
    );
  });

  test('both at once, an empty file and a bad value are faults that name the file and show no secret', async () => {
    const file = await fileWith('secret');
    expect(configFaults({ ADMIN_TOKEN: 'a-long-enough-token', ADMIN_TOKEN_FILE: file })).toContain(
      `ADMIN_TOKEN_FILE="${file}": must not be set together with ADMIN_TOKEN`,
    );
    const empty = await fileWith(' \n');
    expect(configFaults({ METRICS_TOKEN_FILE: empty })).toContain(`METRICS_TOKEN_FILE="${empty}": must be a file that`);
    const short = configFaults({ ADMIN_TOKEN_FILE: file });
    expect(short).toContain(`ADMIN_TOKEN_FILE="${file}": must have at least 16 characters`);
    expect(short).not.toContain('secret"\n');
  });

  test('the tools read them alike', async () => {
    expect(environmentValue({ VIGIA_TOKEN_FILE: await fileWith('mine\n') }, 'VIGIA_TOKEN')).toBe('mine');
    expect(() => environmentValue({ VIGIA_TOKEN_FILE: '/nowhere' }, 'VIGIA_TOKEN')).toThrow(
      'VIGIA_TOKEN_FILE=/nowhere',
    );
  });

  test('what is set can be shown, without secrets', async () => {
    const file = await fileWith('an-admin-token-in-a-file');
    expect(settingsOf({ PORT: '80', ADMIN_TOKEN_FILE: file, HOST: ' ', HOME: '/root' })).toEqual([
      { name: 'PORT', value: '"80"', file: undefined },
      { name: 'ADMIN_TOKEN', value: '(not shown)', file },
    ]);
  });
});

describe('I3 misspelt variables', () => {
  test.each([
    ['PROT', 'PORT'],
    ['DATABASE_URI', 'DATABASE_URL'],
    ['ADMIN_TOKENS', 'ADMIN_TOKEN'],
    ['admin_token', 'ADMIN_TOKEN'],
    ['STATE_INTERVAL', 'STATE_INTERVAL_MS'],
    ['PLAYER_TOKEN_GRACE_DAYS', 'PLAYER_TOKEN_GRACE_MS'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['TLS_CERT', 'TLS_CERT_FILE'],
    ['PORT_FILE', 'PORT'],
    ['VIGIA_PORT', 'PORT'],
    ['VIGIA_DATA_DIR', 'DATA_DIR'],
  ])('%s: did you mean %s?', (name, nearest) => {
    expect(misspeltVariables({ [name]: 'x' })).toEqual([{ name, nearest }]);
  });

  test('other variables of a usual environment look like none of ours', () => {
    const usual = {
      ...{
        HOME: '/',
        PATH: '/bin',
        PWD: '/',
        SHELL: 'sh',
        TERM: 'xterm',
        USER: 'me',
        LOGNAME: 'me',
        LANG: 'C',
        TZ: 'UTC',
      },
      ...{
        HOSTNAME: 'box',
        NODE_ENV: 'production',
        NODE_OPTIONS: '',
        NODE_VERSION: '20',
        NODE_PATH: '',
        TMPDIR: '/tmp',
      },
      ...{ SSL_CERT_FILE: '/etc/ca.pem', MAIL: '/', EDITOR: 'vi', DISPLAY: ':0', SSH_TTY: '/dev/pts/0', _: 'node' },
      ...{
        npm_config_registry: 'x',
        npm_package_version: '1',
        npm_lifecycle_event: 'start',
        INIT_CWD: '/',
        COLOR: '1',
      },
      ...{
        INVOCATION_ID: '1',
        JOURNAL_STREAM: '8:1',
        NOTIFY_SOCKET: '/run/x',
        WATCHDOG_USEC: '1',
        STATE_DIRECTORY: '/',
      },
      ...{ VIGIA_SERVICE_HOST: '10.0.0.1', VIGIA_PORT: 'tcp://10.0.0.1:3001', VIGIA_PORT_3001_TCP_PORT: '3001' },
      ...{ VIGIA_URL: 'http://x', VIGIA_TOKEN: 'x', VIGIA_TOKEN_FILE: '/x', VIGIA_BIND: ':80', VIGIA_SERVER: 'x:1' },
      ...{
        PGHOST: 'x',
        PGPORT: '1',
        POSTGRES_PASSWORD: 'x',
        REDIS_PORT: '6379',
        POD_IP: 'x',
        NODE_IP: 'x',
        CI: 'true',
      },
    };
    expect(misspeltVariables({ ...usual, PORT: '1', ADMIN_TOKEN_FILE: '/x' })).toEqual([]);
  });
});
