export interface Labels {
  labels: Record<string, string>;
  /** The first line that is invalid or repeats a key. */
  fault?: { line: string; isTwice: boolean };
}

/** Parses `key=value` lines. An incomplete last line is only a fault once `isWritten`. */
export function labelsOf(text: string, isWritten: boolean): Labels {
  const labels: Record<string, string> = {};
  const lines = text.split('\n').map((line) => line.trim());
  for (const [i, line] of lines.entries()) {
    if (line === '') continue;
    const at = line.indexOf('=');
    if (at < 0 && i === lines.length - 1 && !isWritten) continue;
    const key = line.slice(0, Math.max(0, at)).trim();
    const isTwice = Object.hasOwn(labels, key);
    if (key === '' || isTwice) return { labels, fault: { line, isTwice } };
    labels[key] = line.slice(at + 1).trim();
  }
  return { labels };
}

export const textOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');
