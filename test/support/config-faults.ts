import { expect } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config.ts';

/** Why this environment is refused. */
export function configFaults(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('The configuration was accepted.');
}
