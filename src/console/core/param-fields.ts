import type { Json, JsonObject } from '../../protocol/document.ts';

/** The form field of one parameter of a declared command. */
export interface ParamField {
  name: string;
  label: string;
  help: string | undefined;
  /** `json`: no simple control can represent it. */
  kind: 'text' | 'number' | 'flag' | 'choice' | 'json';
  isRequired: boolean;
  /** The value when the form opens. */
  initial: string;
  choices: readonly Json[];
  minimum: number | undefined;
  maximum: number | undefined;
  isWhole: boolean;
}

/** The path of the one field for a schema without properties. */
export const WHOLE = '';

/** The form fields for these parameters (JSON Schema of an object). Empty: no parameters. */
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

/** Converts the inputs to parameters and omits empty ones; `wrong`: the names of fields with invalid JSON. */
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
