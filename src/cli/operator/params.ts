import { usageError } from './command.ts';

/** Parses `--param KEY=VALUE`; VALUE is JSON or text. */
export function paramsOf(texts: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, key, value] = /^([^=]+)=([\s\S]*)$/.exec(text) ?? [];
      if (key === undefined || value === undefined) throw usageError(`--param ${text}: write it as KEY=VALUE.`);
      try {
        return [key, JSON.parse(value)];
      } catch {
        return [key, value];
      }
    }),
  );
}
