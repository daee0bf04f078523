/**
 * The registry's rules as Lua scripts, which Redis runs atomically.
 *
 * Hashes by device id: claims (`<epoch> <owner>`), versions, records. Sorted set: instances by last heartbeat.
 */

/** ARGV: me, number of owners that may be replaced (-1: any), these owners, then id and epoch floor of each device. */
export const CLAIM = `
local me, count = ARGV[1], tonumber(ARGV[2])
local takeable = {}
for i = 3, 2 + count do takeable[ARGV[i]] = true end
local answer = {}
for i = 3 + math.max(count, 0), #ARGV, 2 do
  local id, floor = ARGV[i], tonumber(ARGV[i + 1])
  local epoch, owner = string.match(redis.call('HGET', KEYS[1], id) or '0 ', '^(%d+) (.*)$')
  epoch = tonumber(epoch)
  local granted = count < 0 or owner == '' or owner == me or takeable[owner]
  if granted or epoch < floor then
    -- An owner that goes on with an epoch which the registry had forgotten learns of it as it writes.
    epoch = granted and math.max(epoch, floor) + 1 or floor
    redis.call('HSET', KEYS[1], id, string.format('%d ', epoch) .. (granted and me or owner))
  end
  answer[#answer + 1] = granted and 1 or 0
  answer[#answer + 1] = epoch
  answer[#answer + 1] = owner
  answer[#answer + 1] = tonumber(redis.call('HGET', KEYS[2], id) or '0')
  answer[#answer + 1] = redis.call('HGET', KEYS[3], id)
end
return answer`;

/**
 * ARGV: me, channel, message, then id, epoch, version, record of each device. Returns id and claim of devices whose claim
 * differs from the writer's: another owner, or a later epoch of its own (a claim whose response was lost). Returns id,
 * claim and version of own devices for which another record has this version or a later one. Version 0: no record.
 */
export const WRITE = `
local me = ARGV[1]
local others = {}
for i = 4, #ARGV, 4 do
  local id, epoch, version, record = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 3]
  local claim = redis.call('HGET', KEYS[1], id) or '0 '
  local known, owner = string.match(claim, '^(%d+) (.*)$')
  known = tonumber(known)
  if known < epoch then
    claim = string.format('%d ', epoch) .. me
    redis.call('HSET', KEYS[1], id, claim)
    owner, known = me, epoch
  end
  local conflict = 0
  if owner == me then
    local written = tonumber(redis.call('HGET', KEYS[2], id) or '0')
    if version > written then
      redis.call('HSET', KEYS[2], id, version)
      if record == '' then redis.call('HDEL', KEYS[3], id) else redis.call('HSET', KEYS[3], id, record) end
    elseif version < written or record ~= (redis.call('HGET', KEYS[3], id) or '') then
      conflict = written
    end
  end
  if owner ~= me or known > epoch or conflict > 0 then
    others[#others + 1] = id
    others[#others + 1] = claim
    others[#others + 1] = conflict
  end
end
if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return others`;

/**
 * ARGV: me, then id, epoch and last version of each device. Devices with an unwritten version stay owned, because their
 * record is outdated.
 */
export const RELEASE = `
for i = 2, #ARGV, 3 do
  local isMine = redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] .. ' ' .. ARGV[1]
  if isMine and redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 2] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ')
  end
end
return {}`;

/**
 * ARGV: me, time in ms after which dead instances are removed. Uses Redis's clock, because clocks of instances may
 * differ.
 */
export const HEARTBEAT = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local isNew = redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return { now, isNew, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES') }`;
