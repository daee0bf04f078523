const VERSION = /^v?(\d{1,15}(?:\.\d{1,15})*)(?:-([0-9a-z.-]+))?(?:\+.*)?$/i;

export const isVersion = (text: string): boolean => VERSION.test(text);

/**
 * Compares two versions: negative if the second one is later; NaN if one is invalid. Like Semantic Versioning, but with
 * any number of parts; missing parts are 0.
 */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [VERSION.exec(a), VERSION.exec(b)];
  if (!first || !second) return Number.NaN;
  return compareParts(first[1] as string, second[1] as string, '0') || compareEarly(first[2], second[2]);
}

/** Compares pre-release parts, such as `beta` of `2.3.0-beta`. */
function compareEarly(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compareParts(a, b, '');
}

function compareParts(a: string, b: string, missing: string): number {
  const [these, those] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(these.length, those.length); i++) {
    const order = compare(these[i] ?? missing, those[i] ?? missing);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers are compared by value and come before words. */
function compare(a: string, b: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumber && isOtherNumber) return Number(a) - Number(b);
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? -1 : 1;
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  return a < b ? -1 : 1;
}
