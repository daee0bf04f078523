import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { DeclaredCommand } from './declared-commands.ts';
import type { JsonObject } from './document.ts';
import { type Fault, VigiaError } from './errors.ts';

/** Most players of a fleet declare the same schemas, so compiled ones are cached. */
const MAX_COMPILED = 1000;
const MAX_FAULTS = 20;

const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, validateFormats: false, allErrors: true });

const compiled = new Map<string, ValidateFunction>();

/** @throws VigiaError `invalid_payload` with the path of the invalid schema */
export function checkParamSchemas(commands: readonly DeclaredCommand[]): void {
  commands.forEach(({ params }, index) => {
    if (params === undefined) return;
    try {
      validatorOf(params);
    } catch (error) {
      throw new VigiaError('invalid_payload', undefined, [
        { path: `commands.${index}.params`, message: (error as Error).message.slice(0, 256) },
      ]);
    }
  });
}

/** @throws VigiaError `command_invalid` with the path of each fault */
export function checkDeclaredParams({ params: schema }: DeclaredCommand, params: JsonObject): void {
  if (schema === undefined) return;
  const validate = validatorOf(schema);
  if (validate(params)) return;
  const faults = (validate.errors ?? []).slice(0, MAX_FAULTS).map(({ instancePath, message = 'wrong' }): Fault => {
    return { path: `params${instancePath.replaceAll('/', '.')}`, message };
  });
  throw new VigiaError('command_invalid', undefined, faults);
}

function validatorOf(schema: JsonObject): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known) return known;
  // Schema names are global in a validator: those of different players could collide.
  const { $id: _, $schema: __, ...own } = schema;
  if (hasPattern(own)) throw new Error('regular expressions are not taken');
  const validate = ajv.compile(own);
  ajv.removeSchema(own);
  compiled.set(text, validate);
  if (compiled.size > MAX_COMPILED) compiled.delete(compiled.keys().next().value as string);
  return validate;
}

/** Players are not trusted: their regular expressions could run for ever. */
function hasPattern(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  if ('patternProperties' in schema || ('pattern' in schema && typeof schema.pattern === 'string')) return true;
  return Object.values(schema).some(hasPattern);
}
