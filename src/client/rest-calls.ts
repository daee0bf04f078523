// Generated from the OpenAPI document by `npm run docs`. Do not edit.
// biome-ignore-all format: generated
// biome-ignore-all lint: generated

export type Snapshot = { url: string; thumbnailUrl: string; bytes: number; width: number; height: number; takenAt: string; black: boolean; sameAsBefore: boolean; };
export type Problem = { type: string; title: string; status: number; detail: string; code: "invalid_payload" | "payload_too_large" | "rate_limited" | "unauthorized" | "forbidden" | "not_registered" | "device_mismatch" | "device_unknown" | "session_replaced" | "revoked" | "command_unknown" | "command_invalid" | "unproven" | "queue_full" | "conflict" | "blocked" | "restricted" | "fleet_full" | "draining" | "unavailable" | "internal"; errors?: readonly ({ path: string; message: string; offset?: number | undefined; })[] | undefined; };
export type PastReportsSent = { sentAt: string; reports: readonly ({ from: string; to: string; state: Readonly<Record<string, unknown>>; })[]; };
export type DevicePage = { devices: readonly (VersionedDevice)[]; cursor?: string | undefined; };
export type VersionedDevice = { version: number; document: DeviceDocument; };
export type DeviceDocument = { id: string; name: string | null; type: string | null; group: string | null; appVersion: string | null; network: Readonly<Record<string, unknown>> | null; labels: Readonly<Record<string, string>>; connection: Connection; report: { status: "unknown" | "live" | "stale"; receivedAt: string | null; measuredAt: string | null; intervalMs: number; refused?: { code: "invalid_payload" | "payload_too_large" | "rate_limited" | "unauthorized" | "forbidden" | "not_registered" | "device_mismatch" | "device_unknown" | "session_replaced" | "revoked" | "command_unknown" | "command_invalid" | "unproven" | "queue_full" | "conflict" | "blocked" | "restricted" | "fleet_full" | "draining" | "unavailable" | "internal"; at: string; } | undefined; }; playback: Playback; capabilities?: { commands: readonly ({ name: string; title?: string | undefined; })[]; } | undefined; onAir: { status: "yes" | "no" | "unknown"; since: string; why: string; }; desired?: ShownDesired | undefined; blocked?: Blocked | undefined; state: Readonly<Record<string, unknown>>; commands: Readonly<Record<string, PendingCommand>>; };
export type Connection = { status: "online" | "reconnecting" | "offline"; since: string; lastSeenAt: string | null; reason?: string | undefined; address: string | null; sessionId: string | null; node: string | null; clockSkewMs: number | null; conflict?: { since: string; places: readonly (string)[]; } | undefined; restricted?: { since: string; until: string; why: "flapping" | "flooding" | "oversized"; } | undefined; };
export type Playback = { status: "playing" | "paused" | "stopped" | "unavailable" | "unknown"; item: string | null; playlist: string | null; fullscreen: boolean | null; volume: number | null; };
export type ShownDesired = { playback: "playing" | "paused" | "stopped"; fullscreen?: boolean | undefined; during?: { mon?: readonly (readonly (unknown)[])[] | undefined; tue?: readonly (readonly (unknown)[])[] | undefined; wed?: readonly (readonly (unknown)[])[] | undefined; thu?: readonly (readonly (unknown)[])[] | undefined; fri?: readonly (readonly (unknown)[])[] | undefined; sat?: readonly (readonly (unknown)[])[] | undefined; sun?: readonly (readonly (unknown)[])[] | undefined; } | undefined; giveUpAfter?: number | undefined; setAt: string; setBy: string; source: "device" | "group" | "all"; status: "converged" | "converging" | "suspended" | "failing" | "unknown" | "inactive"; since: string; why: string; by?: string | undefined; until?: string | undefined; tried?: readonly ({ intent: string; times: number; lastAt: string; ending?: string | undefined; })[] | undefined; };
export type Blocked = { since: string; by: string; reason?: string | undefined; };
export type PendingCommand = { command: string; status: "queued" | "sent" | "verifying"; attempt: number; requestedBy: string; requestedAt: string; deadlineAt: string | null; };
export type DeviceToken = { id: string; token: string; };
export type NewDevice = { id?: string | undefined; name?: string | null | undefined; group?: string | null | undefined; labels?: Readonly<Record<string, string>> | undefined; };
export type DeviceEdit = { name?: string | null | undefined; group?: string | null | undefined; labels?: Readonly<Record<string, string>> | undefined; };
export type TokenRotation = { disconnect?: boolean | undefined; };
export type Pairing = { code: string; name?: string | undefined; type?: string | undefined; appVersion?: string | undefined; address: string; startedAt: string; expiresAt: string; };
export type PairedDevice = { id: string; };
export type Block = { reason?: string | undefined; };
export type BlockPage = { blocks: readonly (BlockedId)[]; cursor?: string | undefined; };
export type BlockedId = (Blocked) & ({ id: string; known: boolean; });
export type PastDevice = { deviceId: string; at: string; version: number; document: DeviceDocument; coarse?: true | undefined; since?: string | undefined; reported?: { from: string; to: string; receivedAt: string; state: Readonly<Record<string, unknown>>; } | undefined; note?: string | undefined; };
export type PastFleet = { at: string; devices: readonly ({ deviceId: string; version: number; document: DeviceDocument; coarse?: true | undefined; since?: string | undefined; reported?: { from: string; to: string; receivedAt: string; state: Readonly<Record<string, unknown>>; } | undefined; })[]; cursor?: string | undefined; note?: string | undefined; };
export type KeptHistory = { keptFrom: string; keptDays: number; };
export type ChangePage = { changes: readonly (Change)[]; cursor?: string | undefined; note?: string | undefined; };
export type Change = { version: number; at: string; patch: readonly ({ op: string; path: string; value?: unknown | undefined; })[]; } | { version: number; at: string; coarse?: true | undefined; document: DeviceDocument; } | { version: number; at: string; deleted: true; };
export type Periods = { from: string; to: string; periods: readonly ({ from: string; to: string | null; group?: string | undefined; status?: string | undefined; reason?: string | undefined; why?: string | undefined; item?: string | undefined; playlist?: string | undefined; })[]; };
export type PastReports = { reports: readonly ({ from: string; to: string; receivedAt: string; state: Readonly<Record<string, unknown>>; })[]; };
export type CommandResults = { commands: readonly (Command | CommandSummary)[]; };
export type Command = { commandId: string; deviceId: string; command: string; params: Readonly<Record<string, unknown>>; status: "queued" | "sent" | "verifying" | "success" | "error" | "timeout" | "undelivered" | "cancelled"; attempts: number; requestedBy: string; requestedAt: string; deadlineAt: string | null; endedAt?: string | undefined; confirmedBy?: "response" | "state" | undefined; alreadySo?: true | undefined; code?: string | undefined; result?: unknown | undefined; message?: string | undefined; durationMs?: number | undefined; };
export type CommandSummary = { commandId: string; deviceId: string; status: "queued" | "sent" | "verifying" | "success" | "error" | "timeout" | "undelivered" | "cancelled"; error?: { code: string; message: string; } | undefined; };
export type CommandSummaries = { commands: readonly (CommandSummary)[]; };
export type DeviceCommand = { command: string; params?: unknown | undefined; timeoutMs?: number | undefined; retries?: number | undefined; ttlMs?: number | undefined; commandId?: string | undefined; force?: boolean | undefined; };
export type Commands = { commands: readonly (Command)[]; cursor?: string | undefined; };
export type PictureLinks = { links: readonly ({ id: string; url: string; thumbnailUrl: string; })[]; expiresAt: string; };
export type PictureLinksWanted = { ids: readonly (string)[]; lifetimeS?: number | undefined; };
export type SnapshotPage = { snapshots: readonly (ListedSnapshot)[]; cursor?: string | undefined; };
export type ListedSnapshot = { id: string; url: string; thumbnailUrl: string; bytes: number; width: number; height: number; takenAt: string; black: boolean; sameAsBefore: boolean; source: "state" | "response" | "upload" | "fetch"; };
export type Me = { name: string; role: "viewer" | "operator" | "admin"; groups?: readonly (string)[] | undefined; now: string; connection: { address: string; peer: string; forwardedFor: string; }; };
export type CreatedToken = { id: string; name: string; role: "viewer" | "operator" | "admin"; groups?: readonly (string)[] | undefined; createdAt: string; expiresAt?: string | undefined; lastUsedAt?: string | undefined; isUser?: true | undefined; token: string; };
export type NewToken = { name: string; role: "viewer" | "operator" | "admin"; groups?: readonly (string)[] | undefined; expiresAt?: string | undefined; };
export type ExchangedToken = { token: string; role: "viewer" | "operator" | "admin"; groups?: readonly (string)[] | undefined; expiresAt: string; };
export type TokenExchange = { role?: "viewer" | "operator" | "admin" | undefined; groups?: readonly (string)[] | undefined; lifetimeS?: number | undefined; };
export type Tokens = { tokens: readonly (Token)[]; };
export type Token = { id: string; name: string; role: "viewer" | "operator" | "admin"; groups?: readonly (string)[] | undefined; createdAt: string; expiresAt?: string | undefined; lastUsedAt?: string | undefined; isUser?: true | undefined; };
export type OpenedSession = { id: string; name: string; role: "viewer" | "operator" | "admin"; groups?: readonly (string)[] | undefined; now: string; };
export type ConsoleSessions = { sessions: readonly (ConsoleSession)[]; };
export type ConsoleSession = { id: string; name: string; role: "viewer" | "operator" | "admin"; tokenId: string; createdAt: string; lastUsedAt?: string | undefined; expiresAt: string; address: string; userAgent: string; current: boolean; };
export type Desired = { playback?: "playing" | "paused" | "stopped" | undefined; fullscreen?: boolean | undefined; during?: { mon?: readonly (readonly (unknown)[])[] | undefined; tue?: readonly (readonly (unknown)[])[] | undefined; wed?: readonly (readonly (unknown)[])[] | undefined; thu?: readonly (readonly (unknown)[])[] | undefined; fri?: readonly (readonly (unknown)[])[] | undefined; sat?: readonly (readonly (unknown)[])[] | undefined; sun?: readonly (readonly (unknown)[])[] | undefined; } | undefined; giveUpAfter?: number | undefined; setAt?: string | undefined; setBy?: string | undefined; source?: "device" | "group" | "all" | undefined; status?: "converged" | "converging" | "suspended" | "failing" | "unknown" | "inactive" | undefined; since?: string | undefined; why?: string | undefined; by?: string | undefined; until?: string | undefined; tried?: readonly ({ intent: string; times: number; lastAt: string; ending?: string | undefined; })[] | undefined; };
export type DesiredState = { playback: "playing" | "paused" | "stopped"; fullscreen?: boolean | undefined; during?: { mon?: readonly (readonly (unknown)[])[] | undefined; tue?: readonly (readonly (unknown)[])[] | undefined; wed?: readonly (readonly (unknown)[])[] | undefined; thu?: readonly (readonly (unknown)[])[] | undefined; fri?: readonly (readonly (unknown)[])[] | undefined; sat?: readonly (readonly (unknown)[])[] | undefined; sun?: readonly (readonly (unknown)[])[] | undefined; } | undefined; giveUpAfter?: number | undefined; };
export type SchedulePlan = { zones: readonly ({ timeZone: string; devices: number; runs: readonly ({ local: string; at: string; })[]; })[]; };
export type SchedulePreviewRequest = { start: string; rrule?: string | undefined; timeZone?: string | undefined; target?: { all: true; } | { groups: readonly (string)[]; } | { deviceIds: readonly (string)[]; } | { filter: string; } | undefined; };
export type Schedule = { id: string; name: string; enabled: boolean; command: string; params?: Readonly<Record<string, unknown>> | undefined; force?: boolean | undefined; target: { all: true; } | { groups: readonly (string)[]; } | { deviceIds: readonly (string)[]; } | { filter: string; }; start: string; rrule?: string | undefined; timeZone?: string | undefined; missed: "skip" | "once"; withinMs?: number | undefined; createdAt: string; createdBy: string; changedAt: string; changedBy: string; devices: number; nextAt: string | null; stopped?: "token_removed" | "finished" | undefined; lastRun?: ScheduleRun | undefined; };
export type ScheduleRun = { id: string; local: string; command: string; zones: readonly ({ timeZone: string; at: string; startedAt?: string | undefined; status: "running" | "done" | "missed" | "interrupted"; devices: number; refused?: Readonly<Record<string, number>> | undefined; })[]; outcomes?: Readonly<Record<string, number>> | undefined; };
export type NewSchedule = { name: string; enabled?: boolean | undefined; command: string; params?: Readonly<Record<string, unknown>> | undefined; force?: boolean | undefined; target: { all: true; } | { groups: readonly (string)[]; } | { deviceIds: readonly (string)[]; } | { filter: string; }; start: string; rrule?: string | undefined; timeZone?: string | undefined; missed?: "skip" | "once" | undefined; withinMs?: number | undefined; };
export type Schedules = { schedules: readonly (Schedule)[]; };
export type ScheduleEdit = { name?: string | undefined; enabled?: boolean | undefined; command?: string | undefined; params?: Readonly<Record<string, unknown>> | null | undefined; force?: boolean | null | undefined; target?: { all: true; } | { groups: readonly (string)[]; } | { deviceIds: readonly (string)[]; } | { filter: string; } | undefined; start?: string | undefined; rrule?: string | null | undefined; timeZone?: string | null | undefined; missed?: "skip" | "once" | undefined; withinMs?: number | null | undefined; };
export type ScheduleRuns = { runs: readonly (ScheduleRun)[]; };
export type Policy = { timeZone?: string | undefined; hours?: { mon?: readonly (readonly (unknown)[])[] | undefined; tue?: readonly (readonly (unknown)[])[] | undefined; wed?: readonly (readonly (unknown)[])[] | undefined; thu?: readonly (readonly (unknown)[])[] | undefined; fri?: readonly (readonly (unknown)[])[] | undefined; sat?: readonly (readonly (unknown)[])[] | undefined; sun?: readonly (readonly (unknown)[])[] | undefined; } | undefined; maintenance?: readonly ({ from: string; to: string; note?: string | undefined; })[] | undefined; offlineAfterMs?: number | undefined; notOnAirAfterMs?: number | undefined; recoverAfterMs?: number | undefined; };
export type PolicyPage = { policies: readonly ({ scope: string; policy: Policy; })[]; cursor?: string | undefined; };
export type AlertPage = { alerts: readonly (Alert)[]; cursor?: string | undefined; note?: string | undefined; };
export type Alert = { id: string; alert: "device_offline" | "device_not_on_air" | "device_restricted" | "device_unstable" | "device_conflict" | "device_clock_off" | "device_disk_full" | "device_state_refused" | "device_not_as_desired" | "device_actor_failed" | "site_incident" | "fleet_not_returned" | "server_database_lost" | "server_disk_full" | "fleet_full"; severity: "critical" | "warning"; state: "open" | "resolved"; about: string; group?: string | undefined; summary: string; details?: { since?: string | undefined; reason?: string | undefined; places?: readonly (string)[] | undefined; skewMs?: number | undefined; fullness?: number | undefined; evidence?: string | undefined; losses?: number | undefined; availability?: number | undefined; desired?: string | undefined; tried?: readonly (string)[] | undefined; attempts?: readonly ({ intent: string; times: number; ending?: string | undefined; })[] | undefined; code?: string | undefined; lost?: number | undefined; } | undefined; openedAt: string; resolvedAt?: string | undefined; ending?: "over" | "removed" | "gone" | "closed" | undefined; resolution?: string | undefined; closedBy?: string | undefined; devices?: readonly (string)[] | undefined; acknowledged?: { at: string; by: string; } | undefined; assignee?: string | undefined; muted?: { until: string; by: string; } | undefined; };
export type AlertFile = { id: string; alert: "device_offline" | "device_not_on_air" | "device_restricted" | "device_unstable" | "device_conflict" | "device_clock_off" | "device_disk_full" | "device_state_refused" | "device_not_as_desired" | "device_actor_failed" | "site_incident" | "fleet_not_returned" | "server_database_lost" | "server_disk_full" | "fleet_full"; severity: "critical" | "warning"; state: "open" | "resolved"; about: string; group?: string | undefined; summary: string; details?: { since?: string | undefined; reason?: string | undefined; places?: readonly (string)[] | undefined; skewMs?: number | undefined; fullness?: number | undefined; evidence?: string | undefined; losses?: number | undefined; availability?: number | undefined; desired?: string | undefined; tried?: readonly (string)[] | undefined; attempts?: readonly ({ intent: string; times: number; ending?: string | undefined; })[] | undefined; code?: string | undefined; lost?: number | undefined; } | undefined; openedAt: string; resolvedAt?: string | undefined; ending?: "over" | "removed" | "gone" | "closed" | undefined; resolution?: string | undefined; closedBy?: string | undefined; devices?: readonly (string)[] | undefined; acknowledged?: { at: string; by: string; } | undefined; assignee?: string | undefined; muted?: { until: string; by: string; } | undefined; closable: boolean; acts: readonly (AlertAct)[]; notifications: readonly (AlertNotification)[]; };
export type AlertAct = { id: string; act: "acknowledge" | "unacknowledge" | "mute" | "unmute" | "assign" | "comment" | "close"; at: string; by: string; comment?: string | undefined; to?: string | null | undefined; until?: string | undefined; };
export type AlertNotification = { channel: string; kind: string; name: string; state: "open" | "resolved"; status: "delivered" | "failed" | "given_up"; attempts: number; firstAt: string; lastAt: string; answer: string; };
export type Channel = { id: string; kind: "webhook" | "slack" | "teams" | "email" | "ntfy" | "telegram" | "alertmanager"; name: string; groups?: readonly (string)[] | undefined; enabled: boolean; variable?: string | undefined; target: string; createdAt?: string | undefined; secrets: readonly ("url" | "password" | "token" | "botToken")[]; host?: string | undefined; port?: number | undefined; security?: "starttls" | "tls" | "none" | undefined; user?: string | undefined; from?: string | undefined; to?: readonly (string)[] | undefined; chatId?: string | undefined; server?: string | undefined; alerts?: boolean | undefined; monthlyReport?: { timeZone: string; language: string; } | undefined; };
export type NewChannel = { kind: "webhook"; name: string; groups?: readonly (string)[] | undefined; enabled?: boolean | undefined; url: string; } | { kind: "slack"; name: string; groups?: readonly (string)[] | undefined; enabled?: boolean | undefined; url: string; } | { kind: "teams"; name: string; groups?: readonly (string)[] | undefined; enabled?: boolean | undefined; url: string; } | { kind: "email"; name: string; groups?: readonly (string)[] | undefined; enabled?: boolean | undefined; host: string; port?: number | undefined; security?: "starttls" | "tls" | "none" | undefined; user?: string | undefined; password?: string | undefined; from: string; to: readonly (string)[]; alerts?: boolean | undefined; monthlyReport?: { timeZone: string; language: string; } | undefined; } | { kind: "ntfy"; name: string; groups?: readonly (string)[] | undefined; enabled?: boolean | undefined; url: string; token?: string | undefined; } | { kind: "telegram"; name: string; groups?: readonly (string)[] | undefined; enabled?: boolean | undefined; botToken: string; chatId: string; server?: string | undefined; };
export type Channels = { channels: readonly (Channel)[]; };
export type ChannelEdit = { name?: string | undefined; groups?: readonly (string)[] | null | undefined; enabled?: boolean | undefined; url?: string | undefined; host?: string | undefined; port?: number | undefined; security?: "starttls" | "tls" | "none" | undefined; user?: string | null | undefined; password?: string | null | undefined; from?: string | undefined; to?: readonly (string)[] | undefined; token?: string | null | undefined; botToken?: string | undefined; chatId?: string | undefined; server?: string | null | undefined; alerts?: boolean | undefined; monthlyReport?: { timeZone: string; language: string; } | null | undefined; };
export type ChannelTest = { delivered: boolean; answer: string; durationMs: number; };
export type CreatedWebhook = { id: string; url: string; name?: string | undefined; events?: readonly ("device.online" | "device.offline" | "device.on_air" | "device.screenshot" | "command.ended" | "alert.opened" | "alert.resolved" | "rollout.stopped" | "rollout.ended")[] | undefined; groups?: readonly (string)[] | undefined; createdAt: string; previousSecretUntil?: string | undefined; failingSince?: string | undefined; disabled?: { since: string; why: "by an admin" | "gone" | "failing"; } | undefined; secret: string; };
export type NewWebhook = { url: string; name?: string | undefined; events?: readonly ("device.online" | "device.offline" | "device.on_air" | "device.screenshot" | "command.ended" | "alert.opened" | "alert.resolved" | "rollout.stopped" | "rollout.ended")[] | undefined; groups?: readonly (string)[] | undefined; };
export type Webhooks = { webhooks: readonly (Webhook)[]; };
export type Webhook = { id: string; url: string; name?: string | undefined; events?: readonly ("device.online" | "device.offline" | "device.on_air" | "device.screenshot" | "command.ended" | "alert.opened" | "alert.resolved" | "rollout.stopped" | "rollout.ended")[] | undefined; groups?: readonly (string)[] | undefined; createdAt: string; previousSecretUntil?: string | undefined; failingSince?: string | undefined; disabled?: { since: string; why: "by an admin" | "gone" | "failing"; } | undefined; };
export type WebhookEdit = { url?: string | undefined; name?: string | null | undefined; events?: readonly ("device.online" | "device.offline" | "device.on_air" | "device.screenshot" | "command.ended" | "alert.opened" | "alert.resolved" | "rollout.stopped" | "rollout.ended")[] | null | undefined; groups?: readonly (string)[] | null | undefined; enabled?: boolean | undefined; };
export type SecretRotation = { graceMs?: number | undefined; };
export type WebhookTest = { delivered: boolean; error?: string | undefined; durationMs: number; };
export type DeliveryPage = { deliveries: readonly (WebhookDelivery)[]; cursor?: string | undefined; };
export type WebhookDelivery = { id: string; webhookId: string; type: "device.online" | "device.offline" | "device.on_air" | "device.screenshot" | "command.ended" | "alert.opened" | "alert.resolved" | "rollout.stopped" | "rollout.ended"; status: "pending" | "delivered" | "failed"; attempts: number; createdAt: string; attemptedAt?: string | undefined; nextAttemptAt?: string | undefined; endedAt?: string | undefined; error?: string | undefined; };
export type RolloutPreview = { total: number; online: number; send: number; alreadySo: number; unproven: number; unknownCommand: number; devices: readonly ({ deviceId: string; name: string | null; status: string; })[]; };
export type VersionedRollout = { version: number; document: Rollout; };
export type Rollout = { id: string; name?: string | undefined; command: string; params: Readonly<Record<string, unknown>>; createdBy: string; createdAt: string; status: "canary" | "running" | "paused" | "stopped" | "cancelled" | "done"; since: string; by?: string | undefined; why?: "errors" | "timeouts" | "token_removed" | undefined; endedAt?: string | undefined; targets: string; settings: Readonly<Record<string, unknown>>; total: number; counts: { waiting: number; sent: number; watching: number; success: number; alreadySo: number; error: number; lost: number; timeout: number; undelivered: number; cancelled: number; }; };
export type NewRollout = { filter?: string | undefined; deviceIds?: readonly (string)[] | undefined; group?: string | undefined; all?: true | undefined; name?: string | undefined; command: string; params?: unknown | undefined; timeoutMs?: number | undefined; retries?: number | undefined; force?: boolean | undefined; canary?: number | undefined; rate?: number | undefined; maxErrorShare?: number | undefined; maxTimeoutShare?: number | undefined; watchMs?: number | undefined; waitForOfflineMs?: number | undefined; preview?: boolean | undefined; };
export type RolloutPage = { rollouts: readonly (Rollout)[]; cursor?: string | undefined; };
export type RolloutTargetPage = { devices: readonly (RolloutTarget)[]; cursor?: string | undefined; };
export type RolloutTarget = { deviceId: string; commandId: string; outcome: "waiting" | "sent" | "watching" | "success" | "alreadySo" | "error" | "lost" | "timeout" | "undelivered" | "cancelled"; sentAt?: string | undefined; answeredAt?: string | undefined; endedAt?: string | undefined; code?: string | undefined; message?: string | undefined; durationMs?: number | undefined; };
export type Views = { views: readonly (View)[]; };
export type View = { id: string; name: string; query: string; createdAt: string; createdBy: string; changedAt: string; changedBy: string; };
export type NewView = { name: string; query: string; };
export type ViewEdit = { name?: string | undefined; query?: string | undefined; };
export type AuditPage = { records: readonly (AuditRecord)[]; cursor?: string | undefined; };
export type AuditRecord = { id: string; at: string; actor: string; kind: string; deviceId?: string | undefined; outcome: string; details: Readonly<Record<string, unknown>>; };
export type Stats = { from: string; to: string; total: { devices: number; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; playback: readonly ({ item: string | null; playlist: string | null; ms: number; })[]; }; timeZone: string; days: readonly ({ day: string; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; })[]; groups: readonly ({ group: string | null; devices: number; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; })[]; devices: readonly ({ deviceId: string; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; playback: readonly ({ item: string | null; playlist: string | null; ms: number; })[]; })[]; cursor?: string | undefined; };
export type MonthReport = { month: string; timeZone: string; from: string; to: string; complete: boolean; company: { name: string | null; logo: string | null; }; total: { devices: number; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; playback: readonly ({ item: string | null; playlist: string | null; ms: number; })[]; }; days: readonly ({ day: string; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; })[]; groups: readonly ({ group: string | null; devices: number; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; })[]; devices: readonly ({ deviceId: string; uptime: { onlineMs: number; reconnectingMs: number; offlineMs: number; share: number | null; }; disconnections: { count: number; reasons: Readonly<Record<string, number>>; }; onAir: { yesMs: number; noMs: number; unknownMs: number; share: number | null; }; commands: { count: number; byStatus: Readonly<Record<string, number>>; meanMs: number | null; p50Ms: number | null; p95Ms: number | null; maxMs: number | null; }; playback: readonly ({ item: string | null; playlist: string | null; ms: number; })[]; name: string | null; group: string | null; incidents: number; })[]; incidents: { count: number; critical: number; more: boolean; byAlert: readonly ({ alert: string; severity: "critical" | "warning"; ms: number; count: number; })[]; longest: readonly ({ alert: string; severity: "critical" | "warning"; ms: number; id: string; about: string; name: string | null; group: string | null; openedAt: string; resolvedAt: string | null; })[]; }; cursor?: string | undefined; };

/** Each call with what it is given, and its answer. */
export interface RestCalls {
  /** List states of times without a connection, oldest first */
  'GET /devices/{id}/reports': { given: { path: { id: string; }; query?: { from?: string | undefined; to?: string | undefined; limit?: number | undefined; }; }; answer: PastReports };
  /** List devices, ordered by id */
  'GET /devices': { given: { query?: { status?: "online" | "reconnecting" | "offline" | undefined; group?: string | undefined; q?: string | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: DevicePage };
  /** Provision a device */
  'POST /devices': { given: { body: NewDevice; }; answer: DeviceToken };
  /** Remove a device by any id */
  'DELETE /devices': { given: { query: { id: string; }; }; answer: undefined };
  /** Read one device */
  'GET /devices/{id}': { given: { path: { id: string; }; }; answer: VersionedDevice };
  /** Edit a device */
  'PATCH /devices/{id}': { given: { path: { id: string; }; body: DeviceEdit; }; answer: VersionedDevice };
  /** Remove a device */
  'DELETE /devices/{id}': { given: { path: { id: string; }; query?: { block?: "true" | "false" | undefined; }; }; answer: undefined };
  /** Lift the restriction of a device */
  'DELETE /devices/{id}/restriction': { given: { path: { id: string; }; }; answer: undefined };
  /** Rotate a device's token */
  'POST /devices/{id}/token': { given: { path: { id: string; }; body?: TokenRotation; }; answer: DeviceToken };
  /** Remove a device's token */
  'DELETE /devices/{id}/token': { given: { path: { id: string; }; }; answer: undefined };
  /** Find the player that shows a code */
  'GET /pairings/{code}': { given: { path: { code: string; }; }; answer: Pairing };
  /** Create a device for the player that shows a code */
  'POST /pairings/{code}': { given: { path: { code: string; }; body: NewDevice; }; answer: PairedDevice };
  /** Block a device */
  'POST /devices/{id}/block': { given: { path: { id: string; }; body?: Block; }; answer: VersionedDevice };
  /** Unblock a device */
  'DELETE /devices/{id}/block': { given: { path: { id: string; }; }; answer: undefined };
  /** List the blocked ids, ordered by id */
  'GET /blocks': { given: { query?: { limit?: number | undefined; cursor?: string | undefined; }; }; answer: BlockPage };
  /** Read the document as of a given time */
  'GET /devices/{id}/state': { given: { path: { id: string; }; query?: { at?: string | undefined; }; }; answer: PastDevice };
  /** Read all documents as of a given time */
  'GET /fleet/state': { given: { query?: { at?: string | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: PastFleet };
  /** Read how far back the history reaches */
  'GET /history': { given: Record<never, never>; answer: KeptHistory };
  /** List the changes, oldest first */
  'GET /devices/{id}/history': { given: { path: { id: string; }; query?: { from?: string | undefined; to?: string | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: ChangePage };
  /** List the periods of connection, on-air status or playback */
  'GET /devices/{id}/periods': { given: { path: { id: string; }; query: { kind: "connection" | "onAir" | "playback"; from?: string | undefined; to?: string | undefined; limit?: number | undefined; }; }; answer: Periods };
  /** Send a command to one device */
  'POST /devices/{id}/commands': { given: { path: { id: string; }; query?: { wait?: "true" | "false" | undefined; }; body: DeviceCommand; }; answer: CommandResults | CommandSummaries };
  /** List a device's commands, newest first */
  'GET /devices/{id}/commands': { given: { path: { id: string; }; query?: { limit?: number | undefined; cursor?: string | undefined; }; }; answer: Commands };
  /** Send a command to many devices */
  'POST /commands': { given: { query?: { wait?: "true" | "false" | undefined; }; body: { deviceId?: string | undefined; deviceIds?: readonly (string)[] | undefined; group?: string | undefined; filter?: string | undefined; all?: true | undefined; command: string; params?: unknown | undefined; timeoutMs?: number | undefined; retries?: number | undefined; ttlMs?: number | undefined; commandId?: string | undefined; force?: boolean | undefined; }; }; answer: CommandResults | CommandSummaries };
  /** Read one command */
  'GET /commands/{commandId}': { given: { path: { commandId: string; }; }; answer: Command };
  /** Make links to screenshots that work without a token */
  'POST /snapshots/links': { given: { body: PictureLinksWanted; }; answer: PictureLinks };
  /** List a device's screenshots, newest first */
  'GET /devices/{id}/snapshots': { given: { path: { id: string; }; query?: { limit?: number | undefined; cursor?: string | undefined; }; }; answer: SnapshotPage };
  /** Read the name, role and groups of the token, and where the request comes from */
  'GET /me': { given: Record<never, never>; answer: Me };
  /** Create an admin token */
  'POST /tokens': { given: { body: NewToken; }; answer: CreatedToken };
  /** List admin tokens */
  'GET /tokens': { given: Record<never, never>; answer: Tokens };
  /** Exchange the token for a short-lived one */
  'POST /tokens/exchange': { given: { body: TokenExchange; }; answer: ExchangedToken };
  /** Remove an admin token */
  'DELETE /tokens/{id}': { given: { path: { id: string; }; }; answer: undefined };
  /** Sign in to the console with a token */
  'POST /session': { given: Record<never, never>; answer: OpenedSession };
  /** Sign out of the console */
  'DELETE /session': { given: Record<never, never>; answer: undefined };
  /** List the sessions of the console, newest first */
  'GET /sessions': { given: Record<never, never>; answer: ConsoleSessions };
  /** End a session of the console */
  'DELETE /sessions/{id}': { given: { path: { id: string; }; }; answer: undefined };
  /** Read the desired state of the fleet */
  'GET /desired': { given: Record<never, never>; answer: Desired };
  /** Set the desired state of the fleet */
  'PUT /desired': { given: { body: DesiredState; }; answer: Desired };
  /** Remove the desired state of the fleet */
  'DELETE /desired': { given: Record<never, never>; answer: undefined };
  /** Read the desired state of a group */
  'GET /groups/{group}/desired': { given: { path: { group: string; }; }; answer: Desired };
  /** Set the desired state of a group */
  'PUT /groups/{group}/desired': { given: { path: { group: string; }; body: DesiredState; }; answer: Desired };
  /** Remove the desired state of a group */
  'DELETE /groups/{group}/desired': { given: { path: { group: string; }; }; answer: undefined };
  /** Read the desired state of a device */
  'GET /devices/{id}/desired': { given: { path: { id: string; }; }; answer: Desired };
  /** Set the desired state of a device */
  'PUT /devices/{id}/desired': { given: { path: { id: string; }; body: DesiredState; }; answer: Desired };
  /** Remove the desired state of a device */
  'DELETE /devices/{id}/desired': { given: { path: { id: string; }; }; answer: undefined };
  /** Preview the next ten runs */
  'POST /schedules/preview': { given: { body: SchedulePreviewRequest; }; answer: SchedulePlan };
  /** Create a schedule */
  'POST /schedules': { given: { body: NewSchedule; }; answer: Schedule };
  /** List the schedules, oldest first */
  'GET /schedules': { given: Record<never, never>; answer: Schedules };
  /** Read one schedule */
  'GET /schedules/{id}': { given: { path: { id: string; }; }; answer: Schedule };
  /** Change a schedule, pause it or resume it */
  'PATCH /schedules/{id}': { given: { path: { id: string; }; body: ScheduleEdit; }; answer: Schedule };
  /** Remove a schedule */
  'DELETE /schedules/{id}': { given: { path: { id: string; }; }; answer: undefined };
  /** List its last runs, newest first */
  'GET /schedules/{id}/runs': { given: { path: { id: string; }; query?: { limit?: number | undefined; }; }; answer: ScheduleRuns };
  /** Read the default policy */
  'GET /policies/default': { given: Record<never, never>; answer: Policy };
  /** Set the default policy */
  'PUT /policies/default': { given: { body: Policy; }; answer: Policy };
  /** Remove the default policy */
  'DELETE /policies/default': { given: Record<never, never>; answer: undefined };
  /** Read the policy of a group */
  'GET /policies/groups/{group}': { given: { path: { group: string; }; }; answer: Policy };
  /** Set the policy of a group */
  'PUT /policies/groups/{group}': { given: { path: { group: string; }; body: Policy; }; answer: Policy };
  /** Remove the policy of a group */
  'DELETE /policies/groups/{group}': { given: { path: { group: string; }; }; answer: undefined };
  /** Read the policy of a device */
  'GET /policies/devices/{id}': { given: { path: { id: string; }; }; answer: Policy };
  /** Set the policy of a device */
  'PUT /policies/devices/{id}': { given: { path: { id: string; }; body: Policy; }; answer: Policy };
  /** Remove the policy of a device */
  'DELETE /policies/devices/{id}': { given: { path: { id: string; }; }; answer: undefined };
  /** List the stored policies */
  'GET /policies': { given: { query?: { limit?: number | undefined; cursor?: string | undefined; }; }; answer: PolicyPage };
  /** List the alerts, newest first */
  'GET /alerts': { given: { query?: { state?: "open" | "all" | undefined; about?: string | undefined; from?: string | undefined; to?: string | undefined; alert?: "device_offline" | "device_not_on_air" | "device_restricted" | "device_unstable" | "device_conflict" | "device_clock_off" | "device_disk_full" | "device_state_refused" | "device_not_as_desired" | "device_actor_failed" | "site_incident" | "fleet_not_returned" | "server_database_lost" | "server_disk_full" | "fleet_full" | undefined; severity?: "critical" | "warning" | undefined; group?: string | undefined; assignee?: string | undefined; acknowledged?: "true" | "false" | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: AlertPage };
  /** Read one alert, with what people did about it */
  'GET /alerts/{id}': { given: { path: { id: string; }; }; answer: AlertFile };
  /** Acknowledge an open alert: somebody has seen it */
  'POST /alerts/{id}/acknowledge': { given: { path: { id: string; }; body: { comment?: string | undefined; }; }; answer: AlertFile };
  /** Undo the acknowledgement */
  'POST /alerts/{id}/unacknowledge': { given: { path: { id: string; }; body: { comment?: string | undefined; }; }; answer: AlertFile };
  /** Send nothing about this problem for some time */
  'POST /alerts/{id}/mute': { given: { path: { id: string; }; body: { forMs: number; comment?: string | undefined; }; }; answer: AlertFile };
  /** End the mute */
  'POST /alerts/{id}/unmute': { given: { path: { id: string; }; body: { comment?: string | undefined; }; }; answer: AlertFile };
  /** Assign an open alert to a person; null: to nobody */
  'POST /alerts/{id}/assign': { given: { path: { id: string; }; body: { to: string | null; comment?: string | undefined; }; }; answer: AlertFile };
  /** Comment on an alert */
  'POST /alerts/{id}/comment': { given: { path: { id: string; }; body: { comment: string; }; }; answer: AlertFile };
  /** Close an alert whose problem is not measured now */
  'POST /alerts/{id}/close': { given: { path: { id: string; }; body: { comment?: string | undefined; }; }; answer: AlertFile };
  /** Create a channel for alerts */
  'POST /channels': { given: { body: NewChannel; }; answer: Channel };
  /** List the channels for alerts */
  'GET /channels': { given: Record<never, never>; answer: Channels };
  /** Read one channel */
  'GET /channels/{id}': { given: { path: { id: string; }; }; answer: Channel };
  /** Edit a channel, disable it or enable it again */
  'PATCH /channels/{id}': { given: { path: { id: string; }; body: ChannelEdit; }; answer: Channel };
  /** Remove a channel */
  'DELETE /channels/{id}': { given: { path: { id: string; }; }; answer: undefined };
  /** Send a test message now */
  'POST /channels/{id}/test': { given: { path: { id: string; }; }; answer: ChannelTest };
  /** Create a webhook */
  'POST /webhooks': { given: { body: NewWebhook; }; answer: CreatedWebhook };
  /** List the webhooks, oldest first */
  'GET /webhooks': { given: Record<never, never>; answer: Webhooks };
  /** Read one webhook */
  'GET /webhooks/{id}': { given: { path: { id: string; }; }; answer: Webhook };
  /** Edit a webhook, disable it or enable it again */
  'PATCH /webhooks/{id}': { given: { path: { id: string; }; body: WebhookEdit; }; answer: Webhook };
  /** Remove a webhook */
  'DELETE /webhooks/{id}': { given: { path: { id: string; }; }; answer: undefined };
  /** Rotate the secret of a webhook */
  'POST /webhooks/{id}/secret': { given: { path: { id: string; }; body?: SecretRotation; }; answer: CreatedWebhook };
  /** Send one `webhook.test` now */
  'POST /webhooks/{id}/test': { given: { path: { id: string; }; }; answer: WebhookTest };
  /** List its messages of the last week, newest first */
  'GET /webhooks/{id}/deliveries': { given: { path: { id: string; }; query?: { status?: "pending" | "delivered" | "failed" | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: DeliveryPage };
  /** Send a command to many devices, a few first */
  'POST /rollouts': { given: { body: NewRollout; }; answer: RolloutPreview | VersionedRollout };
  /** List the rollouts, newest first */
  'GET /rollouts': { given: { query?: { limit?: number | undefined; cursor?: string | undefined; }; }; answer: RolloutPage };
  /** Read one rollout */
  'GET /rollouts/{id}': { given: { path: { id: string; }; }; answer: VersionedRollout };
  /** Pause the rollout */
  'POST /rollouts/{id}/pause': { given: { path: { id: string; }; }; answer: VersionedRollout };
  /** Resume the rollout */
  'POST /rollouts/{id}/resume': { given: { path: { id: string; }; }; answer: VersionedRollout };
  /** Cancel the rollout */
  'POST /rollouts/{id}/cancel': { given: { path: { id: string; }; }; answer: VersionedRollout };
  /** List the result of each device */
  'GET /rollouts/{id}/devices': { given: { path: { id: string; }; query?: { outcome?: "waiting" | "sent" | "watching" | "success" | "alreadySo" | "error" | "lost" | "timeout" | "undelivered" | "cancelled" | undefined; format?: "json" | "csv" | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: RolloutTargetPage };
  /** List the saved views, by name */
  'GET /views': { given: Record<never, never>; answer: Views };
  /** Save a view */
  'POST /views': { given: { body: NewView; }; answer: View };
  /** Rename or replace a view */
  'PATCH /views/{id}': { given: { path: { id: string; }; body: ViewEdit; }; answer: View };
  /** Remove a view */
  'DELETE /views/{id}': { given: { path: { id: string; }; }; answer: undefined };
  /** List the audit log, newest first */
  'GET /audit': { given: { query?: { from?: string | undefined; to?: string | undefined; actor?: string | undefined; kind?: string | undefined; deviceId?: string | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: AuditPage };
  /** Read statistics: uptime, disconnections, time on air, commands and playback */
  'GET /stats': { given: { query?: { from?: string | undefined; to?: string | undefined; timeZone?: string | undefined; group?: string | undefined; device?: string | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: Stats };
  /** Read the report of a month: availability, time on air, playback and incidents */
  'GET /reports/monthly': { given: { query?: { month?: string | undefined; timeZone?: string | undefined; group?: string | undefined; limit?: number | undefined; cursor?: string | undefined; }; }; answer: MonthReport };
  /** Download the report of a month for a spreadsheet */
  'GET /reports/monthly.csv': { given: { query?: { month?: string | undefined; timeZone?: string | undefined; group?: string | undefined; table?: "devices" | "playback" | undefined; language?: string | undefined; }; }; answer: unknown };
  /** Read the company's logo */
  'GET /reports/logo': { given: Record<never, never>; answer: unknown };
}
