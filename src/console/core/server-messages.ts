/** A server message as a pattern, with its English and Spanish text. */
type ServerMessage = readonly [pattern: RegExp, en: string, es: string];

export const serverMessages: readonly ServerMessage[] = [
  [/^the device is offline$/i, 'The screen is offline.', 'La pantalla está desconectada.'],
  [/^The device is not connected now\.$/, 'The screen is offline.', 'La pantalla está desconectada.'],
  [
    /^A service that the request needs is not available now\.$/,
    'The server cannot do this right now. Try again in a moment.',
    'El servidor no puede hacerlo ahora. Reintentar en un momento.',
  ],
  [/^(?:the time to live expired|its time to live ran out)$/, 'It waited too long.', 'Esperó demasiado.'],
  [/^the device was removed$/i, 'The device was removed.', 'El dispositivo se eliminó.'],
  [/^The server does not respond\.$/, 'The server does not respond.', 'El servidor no responde.'],
  [
    /^The connection to the server was lost\.$/,
    'The connection to the server was lost.',
    'Se perdió la conexión con el servidor.',
  ],
  [
    /^The server did not respond\. The command may have been accepted\.$/,
    'The server does not respond.',
    'El servidor no responde.',
  ],
  [
    /^The player has no screenshot yet; the command vlc:snapshot takes one\.$/,
    'The player has no screenshot yet. Use the command “Screenshot”.',
    'El reproductor aún no tiene ninguna captura. Se puede usar el comando «Captura».',
  ],
  [
    /^The player sends no screenshots when asked, as far as we know\. The command vlc:snapshot takes one\.$/,
    'The player does not send screenshots when asked. Use the command “Screenshot”.',
    'El reproductor no envía capturas cuando se le piden. Se puede usar el comando «Captura».',
  ],
  [
    /^The device sent no picture within (\d+) s\.$/,
    'The player sent no screenshot within $1 s.',
    'El reproductor no envió ninguna captura en $1 s.',
  ],
  [
    /^The device left before its picture came\.$/,
    'The player disconnected before it sent one.',
    'El reproductor se desconectó antes de enviarla.',
  ],
  [
    /^The picture is not a JPEG, PNG or WebP\.$/,
    'The screenshot is not a JPEG, PNG or WebP.',
    'La captura no es JPEG, PNG ni WebP.',
  ],
  [/^The picture is damaged .*$/, 'The screenshot is damaged.', 'La captura está dañada.'],
  [
    /^The picture has (?:too many bytes|more than .*)\.$/,
    'The screenshot is too large.',
    'La captura es demasiado grande.',
  ],
  [/^The picture could not be stored now\.$/, 'The screenshot could not be stored.', 'No se pudo guardar la captura.'],
  [
    /^The web server of the player cannot be reached \(PLAYER_HTTP\)\.$/,
    'The web server of the player cannot be reached (PLAYER_HTTP).',
    'No se puede conectar con el servidor web del reproductor (PLAYER_HTTP).',
  ],
  [
    /^There is a device with this id already\.$/,
    'A device with this id already exists.',
    'Ya existe un dispositivo con este id.',
  ],
  [
    /^There is, or was, a device with this id: .*$/,
    'A device with this id exists or existed. This needs a token for the whole fleet.',
    'Existe o existió un dispositivo con este id. Se necesita un token para toda la flota.',
  ],
  [
    /^Name one of the groups that your token is for\.$/,
    'Choose one of the groups of your token.',
    'Hay que elegir uno de los grupos de tu token.',
  ],
  [/^This needs the role (\w+); .*$/, 'This requires the role $1.', 'Se requiere el rol $1.'],
  [
    /^This concerns the whole fleet; .*$/,
    'This requires a token for the whole fleet.',
    'Se requiere un token para toda la flota.',
  ],
  [
    /^The database cannot be written now\.$/,
    'The database cannot be written right now.',
    'Ahora no se puede escribir en la base de datos.',
  ],
  [
    /^The token could not be stored, so it was not created\.$/,
    'The token could not be saved and was not created.',
    'No se pudo guardar el token; no se creó.',
  ],
  [
    /^The statistics are being recalculated\. .*$/,
    'The statistics are being recalculated. Try again in a moment.',
    'Las estadísticas se están recalculando. Reintentar en un momento.',
  ],
  [
    /^Many requests for statistics by time zone are waiting\. .*$/,
    'Many people are viewing statistics right now. Try again in a moment.',
    'Muchas personas están viendo las estadísticas ahora. Reintentar en un momento.',
  ],
  [
    /^There was no such device at that moment\.$/,
    'The device did not exist at that time.',
    'El dispositivo no existía en ese momento.',
  ],
  [
    /^The ADMIN_TOKEN belongs to the configuration: .*$/,
    'The ADMIN_TOKEN is set in the configuration. Change it there.',
    'El ADMIN_TOKEN está en la configuración. Se cambia allí.',
  ],
  // Faults of form fields.
  [
    /^only A-Z a-z 0-9 \. _ : - are allowed$/,
    'Only letters, digits and . _ : - are allowed',
    'Solo se admiten letras sin acento, cifras y . _ : -',
  ],
  [/^must not be of dots alone$/, 'Must not consist of dots only', 'No puede tener solo puntos'],
  [
    /^must be given again: it would go to another server$/,
    'Enter it again: it would be sent to another server',
    'Hay que volver a escribirlo: se enviaría a otro servidor',
  ],
  [
    /^must end with a topic, such as .*$/,
    'Must end with a topic, such as https://ntfy.sh/screens',
    'Debe terminar en un tema, como https://ntfy.sh/pantallas',
  ],
  [/^must not be of slashes alone$/, 'Must not consist of slashes alone', 'No puede constar solo de barras'],
  [/^must be an e-mail address$/, 'Must be an e-mail address', 'Debe ser una dirección de correo'],
  [
    /^must be a host name or an address$/,
    'Must be a host name or an address',
    'Debe ser un nombre de host o una dirección',
  ],
  [/^Too small: expected array to have >=1 items$/, 'Required', 'Obligatorio'],
  [/^must be an http or https address$/, 'Must be an http or https address', 'Debe ser una dirección http o https'],
  [/^must be in the future$/, 'Must be in the future', 'Debe ser posterior a ahora'],
  [/^must be after from$/, 'Must be after the start', 'Debe ser posterior al inicio'],
  [/^must not be before from$/, 'Must not be before the start', 'No puede ser anterior al inicio'],
  [/^Too small: expected string to have >=1 characters$/, 'Required', 'Obligatorio'],
  [/^Too big: expected string to have <=(\d+) characters$/, 'At most $1 characters', '$1 caracteres como máximo'],
  [/^Too small: expected \w+ to be >=(-?[\d.]+)$/, 'At least $1', '$1 como mínimo'],
  [/^Too big: expected \w+ to be <=(-?[\d.]+)$/, 'At most $1', '$1 como máximo'],
  [/^Invalid input: expected (?:number|int), received .*$/, 'Must be a number', 'Debe ser un número'],
  [/^Invalid input: expected string, received undefined$/, 'Required', 'Obligatorio'],
  [/^Invalid (?:input|option|string|ISO).*$/, 'Not valid', 'No es válido'],
];
