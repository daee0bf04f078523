/** Instead of `Object.hasOwn`, which older browsers do not have. */
// biome-ignore lint/suspicious/noPrototypeBuiltins: see above
export const hasOwn = (it: object, key: PropertyKey): boolean => Object.prototype.hasOwnProperty.call(it, key);
