import type { Json, JsonObject } from './document.ts';

/** A command that a player supports beyond the standard ones (SPEC C9). */
export type DeclaredCommand = {
  name: string;
  title?: string;
  description?: string;
  /** JSON Schema (2020-12) of the parameters, an object. */
  params?: JsonObject;
  /** The command may be sent again without harm. */
  repeatable?: boolean;
  /** Where the state shows that the command took effect: a JSON Pointer (RFC 6901), or keys separated by dots. */
  proof?: { path: string; equals: Json };
};
