import type { DesiredReason, DesiredSource, DesiredState, DesiredStatus } from '../../../protocol/desired.ts';
import { defineTexts } from '../../core/texts.ts';

type Playback = DesiredState['playback'];

export const desiredTexts = defineTexts(
  {
    title: 'Desired state',
    nothing: 'None. The device only follows commands.',
    on: 'full screen',
    off: 'not full screen',
    commandOf: (by: string, until: string) => `${by} sent a command; until ${until}`,
    by: (name: string) => `by ${name}`,
    edit: 'Change',
    say: 'Set desired state',
    clear: 'Clear',
    clearFor: (whose: string) => `${whose}: clear the desired state?`,
    clearText: 'It is not set for this device alone. All devices it applies to stay as they are.',
    cleared: 'Desired state cleared',
    saved: 'Desired state saved',
    dialog: (id: string) => `Desired state: ${id}`,
    whom: 'Applies to',
    whomHelp: 'A device setting overrides its group’s, and a group setting overrides the one for all devices.',
    ofGroup: (group: string) => `Group ${group}`,
    playbackLabel: 'Playback',
    fullscreenLabel: 'Full screen',
    either: 'any',
    yes: 'yes',
    no: 'no',
    hours: 'Only within hours',
    hoursHelp: 'In the device’s time zone. Outside these hours nothing is enforced. 22:00 to 02:00 ends the next day.',
    cancel: 'Cancel',
    save: 'Save',
  },
  {
    title: 'Estado deseado',
    nothing: 'Ninguno. El dispositivo solo sigue comandos.',
    on: 'pantalla completa',
    off: 'sin pantalla completa',
    commandOf: (by: string, until: string) => `${by} envió un comando; hasta las ${until}`,
    by: (name: string) => `por ${name}`,
    edit: 'Cambiar',
    say: 'Indicar el estado deseado',
    clear: 'Quitar',
    clearFor: (whose: string) => `${whose}: ¿quitar el estado deseado?`,
    clearText: 'No es solo de este dispositivo. Todos los dispositivos a los que se aplica quedan como están.',
    cleared: 'Estado deseado eliminado',
    saved: 'Estado deseado guardado',
    dialog: (id: string) => `Estado deseado: ${id}`,
    whom: 'Se aplica a',
    whomHelp: 'El del dispositivo prevalece sobre el de su grupo, y el del grupo sobre el de todos los dispositivos.',
    ofGroup: (group: string) => `Grupo ${group}`,
    playbackLabel: 'Reproducción',
    fullscreenLabel: 'Pantalla completa',
    either: 'cualquiera',
    yes: 'sí',
    no: 'no',
    hours: 'Solo en un horario',
    hoursHelp:
      'En la zona horaria del dispositivo. Fuera de este horario no se impone nada. De 22:00 a 02:00 termina al día siguiente.',
    cancel: 'Cancelar',
    save: 'Guardar',
  },
);

export const playbackTexts = defineTexts(
  { playing: 'Playing', paused: 'Paused', stopped: 'Stopped' } satisfies Record<Playback, string>,
  { playing: 'Reproduciendo', paused: 'En pausa', stopped: 'Detenido' },
);

export const desiredStatusTexts = defineTexts(
  {
    converged: 'As desired',
    converging: 'Converging',
    suspended: 'Suspended',
    failing: 'Failing',
    unknown: 'Unknown',
    inactive: 'Inactive',
  } satisfies Record<DesiredStatus, string>,
  {
    converged: 'Conforme',
    converging: 'En proceso',
    suspended: 'Suspendido',
    failing: 'Con fallos',
    unknown: 'Sin datos',
    inactive: 'Inactivo',
  },
);

export const desiredWhyTexts = defineTexts(
  {
    'as wanted': 'confirmed by the last measurement',
    'command sent': 'a command was sent',
    'waiting to retry': 'waiting to retry',
    'gave up': 'gave up, see the alert',
    command: 'someone sent a command',
    maintenance: 'a maintenance window',
    'outside hours': 'outside operating hours',
    'not connected': 'not connected',
    'not measured': 'no recent measurement',
    'not told': 'the player does not report it',
  } satisfies Record<DesiredReason, string>,
  {
    'as wanted': 'lo muestra la última medición',
    'command sent': 'se envió un comando',
    'waiting to retry': 'espera antes de volver a intentarlo',
    'gave up': 'se intentó sin éxito; hay una alerta',
    command: 'otra persona envió un comando',
    maintenance: 'ventana de mantenimiento',
    'outside hours': 'fuera de horario',
    'not connected': 'sin conexión',
    'not measured': 'no hay mediciones recientes',
    'not told': 'el reproductor no lo informa',
  },
);

export const sourceTexts = defineTexts(
  {
    device: 'Set for this device',
    group: 'Set for its group',
    all: 'Set for all devices',
  } satisfies Record<DesiredSource, string>,
  { device: 'Para este dispositivo', group: 'Para su grupo', all: 'Para todos los dispositivos' },
);
