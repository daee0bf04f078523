/**
 * Removes the base path, under which a proxy serves this server. Proxies may strip it or keep it, so both forms are
 * accepted.
 * @param basePath without a trailing slash; empty: none
 */
export function withoutBase(basePath: string, path: string): string {
  if (basePath === '' || !path.startsWith(basePath)) return path;
  const rest = path.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : path;
}
