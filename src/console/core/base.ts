/** Where the server is, when a proxy serves it under a path: `/signage`; empty for the root. */
export const basePath = document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? '';
export const serverUrl = location.origin + basePath;
