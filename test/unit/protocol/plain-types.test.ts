import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type * as schemas from '../../../src/protocol/admin.ts';
import type { commandOptions } from '../../../src/protocol/commands.ts';
import type { DeclaredCommand } from '../../../src/protocol/declaration.ts';
import type { DeclaredCommands } from '../../../src/protocol/declared-commands.ts';
import type * as desired from '../../../src/protocol/desired.ts';
import type { DesiredState } from '../../../src/protocol/desired-state.ts';
import type * as plain from '../../../src/protocol/requests.ts';
import type { RolloutSettings } from '../../../src/protocol/rollout-document.ts';
import type { NewRollout } from '../../../src/protocol/rollouts.ts';

/** The client package has the plain types; the server checks with the schemas. The type checker compares them. */
test('the plain wire types equal those of the schemas', () => {
  expectTypeOf<z.input<typeof schemas.Scope>>().toEqualTypeOf<plain.Scope>();
  expectTypeOf<z.input<typeof schemas.Subscribe>>().branded.toEqualTypeOf<plain.Subscribe>();
  expectTypeOf<z.input<typeof schemas.OneDevice>>().branded.toEqualTypeOf<plain.OneDevice>();
  expectTypeOf<z.input<typeof schemas.Watch>>().branded.toEqualTypeOf<plain.Watch>();
  expectTypeOf<z.input<typeof schemas.Refresh>>().branded.toEqualTypeOf<plain.Refresh>();
  expectTypeOf<z.input<typeof schemas.OneCommand>>().branded.toEqualTypeOf<plain.OneCommand>();
  expectTypeOf<z.input<typeof schemas.SendCommand>>().branded.toEqualTypeOf<plain.SendCommand>();
  expectTypeOf<z.output<z.ZodObject<typeof commandOptions>>>().branded.toEqualTypeOf<plain.CommandOptions>();
  expectTypeOf<z.output<typeof desired.DesiredState>>().branded.toEqualTypeOf<DesiredState>();
  expectTypeOf<Pick<NewRollout, keyof RolloutSettings>>().branded.toEqualTypeOf<RolloutSettings>();
  type Declared = z.output<typeof DeclaredCommands>[number];
  expectTypeOf<keyof Declared>().toEqualTypeOf<keyof DeclaredCommand>();
  expectTypeOf<Declared>().toExtend<DeclaredCommand>();
  expectTypeOf<DeclaredCommand>().toExtend<Declared>();
});
