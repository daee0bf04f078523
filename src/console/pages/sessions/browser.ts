/** In this order: Edge and Opera also say Chrome, and Chrome also says Safari. */
const browsers = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(Headless)?Chrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const;
const systems = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

/** What a user recognizes of a `User-Agent`. */
export function browserOf(userAgent: string): { browser: string | undefined; system: string | undefined } {
  const found = (names: readonly (readonly [RegExp, string])[]) => names.find(([it]) => it.test(userAgent))?.[1];
  return { browser: found(browsers), system: found(systems) };
}
