import type { Json, JsonObject } from '../../protocol/document.ts';

/** One parameter of a command that a device declared, as a form asks for it. */
export interface ParamField {
  name: string;
  label: string;
  help: string | undefined;
  /** `json`: what no simple control can hold. */
  kind: 'text' | 'number' | 'flag' | 'choice' | 'json';
  isRequired: boolean;
  /** What it is as the form opens. */
  initial: string;
  choices: readonly Json[];
  minimum: number | undefined;
  maximum: number | undefined;
  isWhole: boolean;
}

/** The whole of `params`, for a schema that names no properties. */
export const WHOLE = '';

/** The fields of a form for these parameters (JSON Schema, an object). None: the command takes none. */
export function paramFields(schema: JsonObject | undefined): ParamField[] {
  if (schema === undefined) return [];
  const properties = objectIn(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(properties).map(([name, of]) => fieldOf(name, objectIn(of), required.includes(name)));
  if (fields.length > 0 || schema.additionalProperties === false) return fields;
  return [{ ...fieldOf(WHOLE, {}, false), initial: '{}' }];
}

function fieldOf(name: string, of: JsonObject, isRequired: boolean): ParamField {
  const choices = Array.isArray(of.enum) ? of.enum : [];
  const kind = choices.length > 0 ? 'choice' : kindOf(of.type);
  return {
    name,
    label: textIn(of.title) ?? name,
    help: textIn(of.description),
    kind,
    isRequired,
    initial: of.default === undefined ? '' : kind === 'text' ? String(of.default) : JSON.stringify(of.default),
    choices,
    minimum: numberIn(of.minimum),
    maximum: numberIn(of.maximum),
    isWhole: of.type === 'integer',
  };
}

function kindOf(type: Json | undefined): ParamField['kind'] {
  if (type === 'string') return 'text';
  if (type === 'number' || type === 'integer') return 'number';
  return type === 'boolean' ? 'flag' : 'json';
}

/** What was entered, as parameters. What was left empty is left out; `wrong`: the names of the fields that hold no JSON. */
export function paramsOf(
  fields: readonly ParamField[],
  entered: Readonly<Record<string, string>>,
): { params: JsonObject; wrong: string[] } {
  const params: JsonObject = {};
  const wrong: string[] = [];
  for (const { name, kind } of fields) {
    const text = entered[name] ?? '';
    if (text === '') continue;
    try {
      const value: Json = kind === 'text' ? text : kind === 'number' ? Number(text) : JSON.parse(text);
      if (name !== WHOLE) params[name] = value;
      else if (typeof value !== 'object' || value === null || Array.isArray(value)) wrong.push(name);
      else Object.assign(params, value);
    } catch {
      wrong.push(name);
    }
  }
  return { params, wrong };
}

const objectIn = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
const textIn = (value: Json | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const numberIn = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);
