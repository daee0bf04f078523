/**
 * The registry's rules, carried out by Redis itself so that no other instance comes between.
 *
 * Hashes by device id: claims (`<epoch> <owner>`), versions, records. Sorted set: instances, by when they were heard.
 */

/** ARGV: me, how many owners it may be taken from (-1: any), these, then id and floor of each device. */
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
  if granted then
    epoch = math.max(epoch, floor) + 1
    redis.call('HSET', KEYS[1], id, string.format('%d ', epoch) .. me)
  end
  answer[#answer + 1] = granted and 1 or 0
  answer[#answer + 1] = epoch
  answer[#answer + 1] = owner
  answer[#answer + 1] = tonumber(redis.call('HGET', KEYS[2], id) or '0')
  answer[#answer + 1] = redis.call('HGET', KEYS[3], id)
end
return answer`;

/**
 * ARGV: me, channel, news, then id, epoch, version, record of each device. Answers id and claim of those that are owned
 * otherwise than the writer believes: by another, or by itself with a later epoch (a claim whose answer was lost).
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
    redis.call('HSET', KEYS[1], id, string.format('%d ', epoch) .. me)
    owner = me
  elseif owner ~= me or known > epoch then
    others[#others + 1] = id
    others[#others + 1] = claim
  end
  if owner == me and version > tonumber(redis.call('HGET', KEYS[2], id) or '0') then
    redis.call('HSET', KEYS[2], id, version)
    if record == '' then redis.call('HDEL', KEYS[3], id) else redis.call('HSET', KEYS[3], id, record) end
  end
end
if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return others`;

/** ARGV: me, then id and epoch of each device. */
export const RELEASE = `
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] .. ' ' .. ARGV[1] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1] .. ' ')
  end
end
return {}`;

/** ARGV: me, after how long the dead are forgotten (ms). By Redis's own clock: those of the instances may differ. */
export const BEAT = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local isNew = redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return { now, isNew, redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES') }`;
