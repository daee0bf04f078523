import type { DesiredReason, DesiredSource, DesiredState, DesiredStatus } from '../../../protocol/desired.ts';
import { defineTexts } from '../../core/texts.ts';

type Playback = DesiredState['playback'];

export const desiredTexts = defineTexts(
  {
    title: 'Desired state',
    nothing: 'None: it does what it is told.',
    on: 'full screen',
    off: 'not full screen',
    commandOf: (by: string, until: string) => `${by} sent a command; until ${until}`,
    by: (name: string) => `by ${name}`,
    tried: (intent: string, times: number, ending: string) =>
      `${intent}: tried ${times === 1 ? 'once' : `${times} times`}${ending && `, the last time ${ending}`}`,
    edit: 'Change',
    say: 'Say what is wanted',
    clear: 'Want nothing',
    cleared: 'Nothing is wanted there any more',
    saved: 'The server sees to it',
    dialog: (id: string) => `Desired state: ${id}`,
    whom: 'For whom',
    whomHelp: 'The most specific counts: the device’s own, its group’s, everybody’s.',
    ofGroup: (group: string) => `Group ${group}`,
    playbackLabel: 'Playback',
    fullscreenLabel: 'Full screen',
    either: 'either way',
    yes: 'yes',
    no: 'no',
    hours: 'Only within hours',
    hoursHelp:
      'By the clock where the device is. Outside them nothing is wanted. 22:00 to 02:00 goes on until the next day.',
    cancel: 'Cancel',
    save: 'Save',
  },
  {
    title: 'Estado deseado',
    nothing: 'Ninguno: hace lo que se le ordena.',
    on: 'pantalla completa',
    off: 'sin pantalla completa',
    commandOf: (by: string, until: string) => `${by} ha enviado una orden; hasta las ${until}`,
    by: (name: string) => `por ${name}`,
    tried: (intent: string, times: number, ending: string) =>
      `${intent}: ${times === 1 ? 'un intento' : `${times} intentos`}${ending && `; el último: ${ending}`}`,
    edit: 'Cambiar',
    say: 'Indicar el estado deseado',
    clear: 'No pedir nada',
    cleared: 'Ya no se pide nada ahí',
    saved: 'El servidor se encarga',
    dialog: (id: string) => `Estado deseado: ${id}`,
    whom: 'Para quién',
    whomHelp: 'Cuenta lo más específico: lo del dispositivo, lo de su grupo, lo de todos.',
    ofGroup: (group: string) => `Grupo ${group}`,
    playbackLabel: 'Reproducción',
    fullscreenLabel: 'Pantalla completa',
    either: 'da igual',
    yes: 'sí',
    no: 'no',
    hours: 'Solo en un horario',
    hoursHelp:
      'Según el reloj del lugar del dispositivo. Fuera de él no se pide nada. De 22:00 a 02:00 sigue hasta el día siguiente.',
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
    converged: 'As wanted',
    converging: 'On its way',
    suspended: 'Suspended',
    failing: 'Failing',
    unknown: 'Not known',
    inactive: 'Nothing wanted now',
  } satisfies Record<DesiredStatus, string>,
  {
    converged: 'Conforme',
    converging: 'En camino',
    suspended: 'Suspendido',
    failing: 'No se consigue',
    unknown: 'No se sabe',
    inactive: 'Ahora no se pide nada',
  },
);

export const desiredWhyTexts = defineTexts(
  {
    'as wanted': 'the last measurement shows it',
    'command sent': 'a command was sent',
    'waiting to retry': 'it waits before it tries again',
    'gave up': 'it was tried in vain, and tells of it in an alert',
    command: 'somebody else sent a command',
    maintenance: 'a maintenance window',
    'outside hours': 'outside its hours',
    'not connected': 'not connected',
    'not measured': 'nothing was measured lately',
    'not told': 'the player does not say',
  } satisfies Record<DesiredReason, string>,
  {
    'as wanted': 'lo muestra la última medición',
    'command sent': 'se ha enviado una orden',
    'waiting to retry': 'espera antes de volver a intentarlo',
    'gave up': 'se intentó sin éxito; hay una alerta',
    command: 'otra persona ha enviado una orden',
    maintenance: 'ventana de mantenimiento',
    'outside hours': 'fuera de horario',
    'not connected': 'sin conexión',
    'not measured': 'no hay mediciones recientes',
    'not told': 'el reproductor no lo dice',
  },
);

export const sourceTexts = defineTexts(
  {
    device: 'For this device',
    group: 'For its group',
    all: 'For everybody',
  } satisfies Record<DesiredSource, string>,
  { device: 'Para este dispositivo', group: 'Para su grupo', all: 'Para todos' },
);
