/** `key=value` lines; `fault`: the first that is none. The line that is being written is not complained of. */
export function labelsOf(text: string): { labels: Record<string, string>; fault?: string } {
  const labels: Record<string, string> = {};
  const lines = text.split('\n').map((line) => line.trim());
  for (const [i, line] of lines.entries()) {
    if (line === '') continue;
    const at = line.indexOf('=');
    if (at > 0) labels[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    else if (i < lines.length - 1 || at === 0) return { labels, fault: line };
  }
  return { labels };
}

export const textOf = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n');
