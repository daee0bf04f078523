/** The smallest console: a copy of the fleet's documents, kept by the stream alone, and a table of it. */
const { io, jsonpatch } = globalThis;

const MAX_ROWS = 300;
const DRAW_MS = 150;
/** An idle stream tells its cursor every two seconds; when it does not, something was lost. */
const SILENCE_MS = 6000;
const ANSWER_WAIT_MS = 10_000;
const TOKEN = 'vigia.token';

const one = (selector, within = document) => within.querySelector(selector);

// The copy -----------------------------------------------------------------------------------------------------------

/** id → { version, document } */
const devices = new Map();
/** id → the last command sent from here: { commandId, open, text, tone } */
const flows = new Map();
let socket;
let cursor;
let subscribing = 0;
let inStep = false;
let heardAt = 0;
/** The server's clock minus ours, milliseconds. */
let clockOffset = 0;

function connect(token) {
  socket = io('/admin', { auth: { token }, forceNew: true });
  socket.on('connect', () => {
    sessionStorage.setItem(TOKEN, token);
    show('fleet');
    subscribe(cursor);
  });
  socket.on('disconnect', (reason) => {
    outOfStep('Not connected; trying again.');
    if (reason === 'io server disconnect') signOut('The server ended this session.');
  });
  socket.on('connect_error', (error) => {
    // The client goes on by itself, unless the server has refused it.
    if (!socket.active) signOut(error.data?.message ?? error.message);
    else if (one('#fleet').hidden) refuse('The server cannot be reached; trying again.');
    else outOfStep('The server cannot be reached; trying again.');
  });
  socket.on('state:updated', receive);
  socket.on('fleet:resync', () => subscribe(cursor));
  socket.on('command:response', ended);
}

/** With a cursor, the server sends what was missed since; without, or where it cannot, all documents. */
function subscribe(from) {
  const attempt = ++subscribing;
  inStep = false;
  const request = { scope: { all: true }, ...(from ? { cursor: from } : {}) };
  socket.timeout(ANSWER_WAIT_MS).emit('fleet:subscribe', request, (late, answer) => {
    if (attempt !== subscribing || !socket?.connected) return;
    if (late || !answer.ok) {
      outOfStep(`No updates: ${late ? 'the server does not answer' : answer.error.message}. Trying again.`);
      setTimeout(() => attempt === subscribing && socket?.connected && subscribe(from), 2000);
      return;
    }
    heardAt = Date.now();
    if (!answer.resumed) {
      devices.clear();
      for (const { version, document } of answer.devices) devices.set(document.id, { version, document });
    } else if (!answer.updates.every(apply)) return subscribe();
    cursor = answer.cursor;
    inStep = true;
    changed();
  });
}

/** Each message is one further than the last, or tells where we are; anything else means that some were lost. */
function receive(message) {
  if (!inStep) return;
  const step = stepBetween(cursor, message.cursor);
  if (step !== (message.updates.length > 0 ? 1 : 0)) return subscribe(cursor);
  if (!message.updates.every(apply)) return subscribe();
  cursor = message.cursor;
  heardAt = Date.now();
  if (message.updates.length > 0) changed();
}

/** False where the update does not fit the copy. */
function apply(update) {
  const { deviceId, version } = update;
  clockOffset = Date.parse(update.at) - Date.now();
  if (update.deleted) {
    devices.delete(deviceId);
    return true;
  }
  if (update.document) {
    devices.set(deviceId, { version, document: update.document });
    return true;
  }
  const known = devices.get(deviceId);
  if (!known || version !== known.version + 1) return false;
  try {
    known.document = jsonpatch.applyPatch(known.document, update.patch, true).newDocument;
  } catch {
    return false;
  }
  known.version = version;
  return true;
}

function stepBetween(from, to) {
  const [stream, last] = from.split('.');
  const [sameStream, now] = to.split('.');
  return stream === sameStream ? Number(now) - Number(last) : undefined;
}

setInterval(() => {
  if (inStep && socket?.connected && Date.now() - heardAt > SILENCE_MS) subscribe(cursor);
  changed();
}, 1000);

// Commands -----------------------------------------------------------------------------------------------------------

const endings = {
  success: ({ confirmedBy, durationMs }) => [
    `done (${confirmedBy === 'state' ? 'seen in its state' : 'answered'}, ${durationMs} ms)`,
    'good',
  ],
  error: ({ message }) => [`failed: ${message ?? 'the player does not say why'}`, 'bad'],
  timeout: () => ['no answer; it may have taken effect', 'bad'],
  undelivered: ({ message }) => [`not delivered, no effect${message ? ` (${message})` : ''}`, 'bad'],
  cancelled: () => ['cancelled before it was sent', 'wait'],
};

function send(deviceId, command) {
  const commandId = newId();
  flows.set(deviceId, { commandId, open: true });
  tell(deviceId, command, 'sending…', 'wait');
  socket.timeout(ANSWER_WAIT_MS).emit('command:send', { deviceId, command, commandId }, (late, answer) => {
    const flow = flows.get(deviceId);
    if (flow?.commandId !== commandId || !flow.open) return;
    const fault = late ? undefined : (answer.error ?? answer.commands[0]?.error);
    if (late) tell(deviceId, command, 'no word from the server; it may have been sent', 'bad');
    else if (fault) tell(deviceId, command, `refused: ${fault.message}`, 'bad');
  });
}

function ended(response) {
  const { commandId, deviceId, command, status } = response;
  const flow = flows.get(deviceId);
  if (flow?.commandId !== commandId) return;
  flow.open = false;
  tell(deviceId, command, ...(endings[status]?.(response) ?? [status, 'wait']));
  // So that the row shows what became of it, rather than what was.
  if (status !== 'undelivered') socket.emit('device:refresh', { deviceId, what: 'state' }, () => {});
}

function tell(deviceId, command, text, tone) {
  Object.assign(flows.get(deviceId), { text: `${labelOf(command)}: ${text}`, tone });
  changed();
}

const labelOf = (command) => String(command).replace('vlc:', '');
/** `crypto.randomUUID` is for https only. */
const newId = () => `console-${[...crypto.getRandomValues(new Uint32Array(4))].map((n) => n.toString(36)).join('-')}`;

// The table ----------------------------------------------------------------------------------------------------------

const rows = new Map();
let drawn = true;

/** However many changes there are, the page is drawn a few times a second. */
function changed() {
  if (!drawn) return;
  drawn = false;
  setTimeout(() => {
    drawn = true;
    draw();
  }, DRAW_MS);
}

function draw() {
  if (inStep) {
    one('#link').textContent = 'Live';
    one('#link').className = '';
    one('#fleet').classList.remove('stopped-stream');
  }
  const counts = { all: devices.size, online: 0, reconnecting: 0, offline: 0, stale: 0, pending: 0 };
  const words = one('#search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (const { document } of devices.values()) {
    counts[document.connection.status]++;
    if (document.report.status === 'stale') counts.stale++;
    counts.pending += Object.keys(document.commands).length;
    if (matches(document, words)) found.push(document);
  }
  for (const [name, count] of Object.entries(counts)) put(one(`[data-count="${name}"]`), count);
  found.sort(
    (a, b) => compare(a.group ?? '', b.group ?? '') || compare(a.name ?? '', b.name ?? '') || compare(a.id, b.id),
  );

  const shown = found.slice(0, MAX_ROWS);
  const body = one('tbody');
  const kept = new Set(shown.map(({ id }) => id));
  for (const [id, row] of rows) {
    if (kept.has(id)) continue;
    row.remove();
    rows.delete(id);
  }
  for (const [i, document] of shown.entries()) {
    const row = rowOf(document.id);
    fill(row, document, devices.get(document.id).version);
    if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
  }
  put(one('#note'), noteOn(found.length, shown.length));
}

function noteOn(found, shown) {
  if (found > shown) return `${found - shown} more fit; search for less to see them.`;
  if (found > 0) return '';
  return devices.size > 0 ? 'No device fits the search.' : inStep ? 'No device has been seen yet.' : '';
}

function rowOf(id) {
  const known = rows.get(id);
  if (known) return known;
  const row = one('#row').content.firstElementChild.cloneNode(true);
  for (const button of row.querySelectorAll('[data-command]')) {
    button.addEventListener('click', () => send(id, button.dataset.command));
  }
  rows.set(id, row);
  return row;
}

function fill(row, { id, name, group, appVersion, connection, report, state, commands }, version) {
  const { plays, detail } = playback(state);
  const [pending] = Object.values(commands);
  const flow = flows.get(id);
  const cells = {
    name: name ?? id,
    id: name ? id : '',
    group: group ?? '–',
    status: connection.status,
    reason: [
      connection.status === 'online' ? '' : (connection.reason ?? '').replaceAll('_', ' '),
      connection.conflict ? 'two machines use this id' : '',
      connection.status === 'online' ? '' : ago(connection.since),
    ]
      .filter(Boolean)
      .join(', '),
    plays,
    detail,
    report: report.status === 'unknown' ? 'none yet' : report.status,
    age: report.receivedAt ? ago(report.receivedAt) : '',
    command: pending ? pendingText(pending, Object.keys(commands).length) : (flow?.text ?? ''),
    version: appVersion ?? '–',
    changes: `change ${version}`,
  };
  for (const [cell, text] of Object.entries(cells)) put(one(`[data-cell="${cell}"]`, row), text);
  tone(row, connection.status);
  tone(one('[data-cell="report"]', row), report.status === 'stale' ? 'wait' : '');
  tone(one('[data-cell="command"]', row), pending ? 'wait' : (flow?.tone ?? ''));
  for (const button of row.querySelectorAll('[data-command]')) {
    const label = `${button.textContent}: ${name ?? id}`;
    if (button.getAttribute('aria-label') !== label) button.setAttribute('aria-label', label);
    button.disabled = !socket?.connected;
  }
}

function pendingText({ command, status, attempt }, count) {
  const more = count > 1 ? `, ${count - 1} more` : '';
  return `${labelOf(command)}: ${status}${attempt > 1 ? ` (attempt ${attempt})` : ''}${more}`;
}

/** Both generations' words for it; a player may send anything, so only texts are shown. */
function playback({ vlc, playing, currentMedia, activePlaylist }) {
  const { state: now, item, fullscreen } = vlc ?? {};
  const what = [item, vlc?.filename, currentMedia].find((it) => typeof it === 'string' && it !== '');
  const doing = typeof now === 'string' ? now : playing === true ? 'playing' : playing === false ? 'not playing' : '';
  const list = typeof activePlaylist?.name === 'string' ? activePlaylist.name : '';
  return {
    plays: what ?? (doing || '–'),
    detail: [what ? doing : '', fullscreen === true ? 'full screen' : '', list].filter(Boolean).join(' · '),
  };
}

function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() + clockOffset - Date.parse(time)) / 1000));
  if (seconds < 100) return `${seconds} s ago`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h ago` : `${Math.round(seconds / 86_400)} days ago`;
}

function matches({ id, name, group, connection, report, state }, words) {
  if (words.length === 0) return true;
  const { plays, detail } = playback(state);
  const text = [id, name, group, connection.status, report.status, plays, detail].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

function put(element, value) {
  const text = String(value);
  if (element.textContent !== text) element.textContent = text;
}
function tone(element, name) {
  if (element.className !== name) element.className = name;
}
const { compare } = new Intl.Collator(undefined, { numeric: true });

// The door -----------------------------------------------------------------------------------------------------------

function outOfStep(text) {
  inStep = false;
  const time = new Date(heardAt || Date.now()).toLocaleTimeString();
  put(one('#link'), heardAt ? `${text} What you see is of ${time}.` : text);
  one('#link').className = 'lost';
  one('#fleet').classList.add('stopped-stream');
  changed();
}

function show(part) {
  one('#sign-in').hidden = part !== 'sign-in';
  one('#fleet').hidden = part !== 'fleet';
}

function refuse(text) {
  one('#refusal').textContent = text;
}

function signOut(why = '') {
  sessionStorage.removeItem(TOKEN);
  socket?.disconnect();
  socket = undefined;
  subscribing++;
  inStep = false;
  cursor = undefined;
  heardAt = 0;
  devices.clear();
  flows.clear();
  refuse(why);
  show('sign-in');
  one('#token').focus();
}

one('#sign-in form').addEventListener('submit', (event) => {
  event.preventDefault();
  const token = one('#token').value.trim();
  one('#token').value = '';
  refuse('Signing in…');
  socket?.disconnect();
  connect(token);
});
one('#sign-out').addEventListener('click', () => signOut());
one('#search').addEventListener('input', changed);

const kept = sessionStorage.getItem(TOKEN);
if (kept) connect(kept);
show(kept ? 'fleet' : 'sign-in');
