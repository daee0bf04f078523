/**
 * The path under which a proxy serves this server. A proxy may strip it or keep it: both forms of an address are the same.
 * @param basePath without a slash at the end; empty: none
 */
export function withoutBase(basePath: string, path: string): string {
  if (basePath === '' || !path.startsWith(basePath)) return path;
  const rest = path.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : path;
}
