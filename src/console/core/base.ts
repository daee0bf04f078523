/** The path prefix behind a reverse proxy, such as `/signage`; empty for the root. */
export const basePath = document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? '';
export const serverUrl = location.origin + basePath;
