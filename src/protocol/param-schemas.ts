import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { type DeclaredCommand, isDeclarable } from './declared-commands.ts';
import type { DeviceDocument, JsonObject } from './document.ts';
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

/**
 * A command that players declare must be declared by at least one of the devices, with these parameters. Without
 * devices this cannot be checked.
 * @throws VigiaError `command_unknown`, `command_invalid`
 */
export function checkDeclared(command: string, params: JsonObject, devices: Iterable<DeviceDocument>): void {
  if (!isDeclarable(command)) return;
  let refusal: unknown;
  for (const { capabilities } of devices) {
    const declared = capabilities.commands.find(({ name }) => name === command);
    if (!declared) {
      refusal ??= new VigiaError('command_unknown', `None of the devices knows the command "${command}".`);
      continue;
    }
    try {
      checkDeclaredParams(declared, params);
      return;
    } catch (error) {
      refusal = error;
    }
  }
  if (refusal !== undefined) throw refusal;
}

function validatorOf(schema: JsonObject): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known) return known;
  // Schema names are global in a validator: those of different players could collide.
  const { $id: _, $schema: __, ...own } = schema;
  if (hasPattern(own)) throw new Error('regular expressions are not supported');
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
