import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  configEnvironment,
  environmentName,
  inheritedEnvironment,
  loadConfig,
  redactedConfig,
} from '../../../config/config.ts';
import { ConfigInvalid, ConfigUnreadable } from '../../../config/errors.ts';
import { SETTING_NAMES, Settings } from '../../../config/settings.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'contender config '));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const load = (environment: Readonly<Record<string, string>>) => loadConfig({ environment, root });

function writeSettings(text: string): string {
  const file = join(root, 'settings.yaml');
  writeFileSync(file, text);
  return file;
}

describe('the configuration', () => {
  it('has a default and a reason for every setting', () => {
    const config = load({});
    expect(config.file).toBe('none');
    for (const name of SETTING_NAMES) {
      expect(config[name], name).toBeDefined();
      expect(Settings.shape[name].description ?? '', name).not.toBe('');
    }
  });

  it('takes the file over the default and the environment over the file', () => {
    const file = writeSettings('logLevel: warn\ntrainingThreads: 3\n');
    const config = load({ CONTENDER_CONFIG: file, CONTENDER_TRAINING_THREADS: '5' });
    expect(config).toMatchObject({ logLevel: 'warn', trainingThreads: 5, trainingConcurrency: 2, file });
  });

  it('reads numbers and lists from the environment', () => {
    const config = load({ CONTENDER_SERVER_PORTS: '9001, 9002,9003', CONTENDER_MAIL_TO: 'a@b.c,d@e.f' });
    expect(config.serverPorts).toEqual([9001, 9002, 9003]);
    expect(config.mailTo).toEqual(['a@b.c', 'd@e.f']);
  });

  it('reads every list from the environment, and hands each on as it is', () => {
    const lists = Object.entries(Settings.parse({})).filter(([, value]) => Array.isArray(value));
    expect(lists.length).toBeGreaterThan(4);
    const config = load({ CONTENDER_SLACK_PEOPLE: 'U024BE7LH=lee=quant-lead@XTAI, U1=sam=researcher' });
    expect(config.slackPeople).toEqual(['U024BE7LH=lee=quant-lead@XTAI', 'U1=sam=researcher']);
    expect(load(configEnvironment(config))).toEqual(config);
  });

  it('keeps digits as text where a name is wanted', () => {
    expect(load({ CONTENDER_TEMPORAL_NAMESPACE: '2024' }).temporalNamespace).toBe('2024');
  });

  it('treats an empty variable as not set', () => {
    expect(load({ CONTENDER_LOG_LEVEL: '' }).logLevel).toBe('info');
  });

  it('moves the folders inside the data folder along with it, and nothing else', () => {
    const config = load({ CONTENDER_DATA_DIR: 'elsewhere' });
    expect(config.dataDir).toBe(join(root, 'elsewhere'));
    expect(config.artifactsDir).toBe(join(root, 'elsewhere', 'artifacts'));
    expect(config.pythonPath).toBe(join(root, '.venv/bin/python'));
    expect(load({ CONTENDER_ARTIFACTS_DIR: '/big/disk' }).artifactsDir).toBe('/big/disk');
  });

  it('names every unknown variable', () => {
    expect(() => load({ CONTENDER_LOGLEVEL: 'info', CONTENDER_PORT: '1' })).toThrow(
      'Unknown environment variable CONTENDER_LOGLEVEL, CONTENDER_PORT',
    );
  });

  it('names an unknown setting of the file', () => {
    const file = writeSettings('logLevl: info\n');
    expect(() => load({ CONTENDER_CONFIG: file })).toThrow('unknown setting logLevl');
  });

  it.each([
    ['CONTENDER_LOG_LEVEL', 'loud'],
    ['CONTENDER_DATABASE_URL', 'mysql://localhost/x'],
    ['CONTENDER_TEMPORAL_ADDRESS', 'http://localhost:7233'],
    ['CONTENDER_SERVER_PORTS', '8090,http'],
    ['CONTENDER_TRAINING_THREADS', '0'],
    ['CONTENDER_SLACK_WEBHOOK_URL', 'not a url'],
  ])('refuses %s=%s and names the variable', (variable, value) => {
    expect(() => load({ [variable]: value })).toThrow(ConfigInvalid);
    expect(() => load({ [variable]: value })).toThrow(variable);
  });

  it.each(['- a\n- b\n', 'text', 'a: [1\n'])('refuses a settings file that holds no fields: %j', (text) => {
    const file = writeSettings(text);
    expect(() => load({ CONTENDER_CONFIG: file })).toThrow(ConfigInvalid);
  });

  it('refuses a settings file that was named and does not exist', () => {
    expect(() => load({ CONTENDER_CONFIG: join(root, 'none.yaml') })).toThrow(ConfigUnreadable);
  });

  it('shows no secret', () => {
    const config = load({
      CONTENDER_DATABASE_URL: 'postgres://me:hunter2@db:5432/contender?password=hunter3',
      CONTENDER_SLACK_WEBHOOK_URL: 'https://hooks.slack.test/services/T0/B0/hunter4',
      CONTENDER_SMTP_URL: 'smtps://mail:hunter5@smtp.test:465',
    });
    const shown = JSON.stringify(redactedConfig(config));
    expect(shown).not.toMatch(/hunter/u);
    expect(shown).toContain('db:5432/contender');
    expect(shown).toContain('hooks.slack.test');
    expect(shown).toContain('smtp.test:465');
  });

  it('reads a secret from the file that NAME_FILE names, and only a secret', () => {
    const file = writeSettings('postgres://me:hunter2@db/contender\n');
    const config = load({ CONTENDER_DATABASE_URL_FILE: file });
    expect(config.databaseUrl).toBe('postgres://me:hunter2@db/contender');
    expect(() =>
      load({ CONTENDER_DATABASE_URL_FILE: file, CONTENDER_DATABASE_URL: 'postgres://db/x' }),
    ).toThrow(/CONTENDER_DATABASE_URL and CONTENDER_DATABASE_URL_FILE are both set/u);
    expect(() => load({ CONTENDER_DATABASE_URL_FILE: join(root, 'none') })).toThrow(ConfigUnreadable);
    expect(() => load({ CONTENDER_LOG_LEVEL_FILE: file })).toThrow(ConfigInvalid);
  });

  it('listens on this machine alone unless an address says otherwise', () => {
    expect(load({}).listenAddress).toBe('127.0.0.1');
    expect(load({ CONTENDER_LISTEN_ADDRESS: '0.0.0.0' }).listenAddress).toBe('0.0.0.0');
    expect(() => load({ CONTENDER_LISTEN_ADDRESS: 'everywhere' })).toThrow(/an IP address/u);
  });

  it('comes back the same from the environment made for a child', () => {
    const config = load({
      CONTENDER_SERVER_PORTS: '1,2',
      CONTENDER_LOG_LEVEL: 'debug',
      CONTENDER_MAIL_TO: 'a@b.c',
    });
    expect(load(configEnvironment(config))).toEqual(config);
  });
});

describe('the names of variables', () => {
  it('follow from the names of settings', () => {
    expect(environmentName('temporalUiPort')).toBe('CONTENDER_TEMPORAL_UI_PORT');
    expect(environmentName('dataDir')).toBe('CONTENDER_DATA_DIR');
  });
});

describe('the environment of a child', () => {
  it('holds where programs are, and none of our settings or of the user`s secrets', () => {
    const environment = {
      PATH: '/bin',
      LC_ALL: 'C',
      CONTENDER_LOG_LEVEL: 'debug',
      AWS_SECRET_ACCESS_KEY: 'x',
    };
    expect(inheritedEnvironment({ environment, root })).toEqual({ PATH: '/bin', LC_ALL: 'C' });
  });
});
