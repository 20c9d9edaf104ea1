import { Script } from '../redis/script.ts';

/**
 * Who may write to a run is decided here, in one place and at once: each time a worker takes a run it gets the next
 * epoch, and a write with an older one changes nothing. Replies begin with a word: `ok`, or why not.
 */

/** What a worker may wait for is published under it. */
const CONTROL = `redis.call('PUBLISH', 'pooler:control', id)`;
const EVENTS = `redis.call('PUBLISH', 'pooler:events', id)`;

/** Events kept of a run: at one a second, more than an hour of it. */
const MAX_EVENTS = 5_000;

const appendEvent = (events: string, type: string, data: string): string =>
  `redis.call('XADD', ${events}, 'MAXLEN', ${MAX_EVENTS}, '*', 'type', ${type}, 'data', ${data}) ${EVENTS}`;

/**
 * Creates a run unless the lever or another run is in the way.
 * KEYS record, index, campaign index, active runs, lever, reserved of the target
 * ARGV id, json, dry run (1 or 0), rate, concurrency, disturbs (1 or 0), max rate, max concurrency, max active
 */
export const CREATE_RUN = new Script(`
local id = ARGV[1]
if ARGV[3] == '0' then
  if redis.call('HGET', KEYS[5], 'state') == 'engaged' then return {'lever_engaged'} end
  local rate, concurrency, disturbing = 0, 0, 0
  for _, reserved in ipairs(redis.call('HVALS', KEYS[6])) do
    local r, c, d = string.match(reserved, '(%S+) (%S+) (%S+)')
    rate, concurrency, disturbing = rate + tonumber(r), concurrency + tonumber(c), disturbing + tonumber(d)
  end
  if rate + tonumber(ARGV[4]) > tonumber(ARGV[7]) then
    return {'rate', tostring(rate)}
  end
  if concurrency + tonumber(ARGV[5]) > tonumber(ARGV[8]) then
    return {'concurrency', tostring(concurrency)}
  end
  if disturbing > 0 and ARGV[6] == '1' then return {'disturbs'} end
end
if redis.call('SCARD', KEYS[4]) >= tonumber(ARGV[9]) then return {'limit'} end
if ARGV[3] == '0' then
  redis.call('HSET', KEYS[6], id, ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6])
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], 0, id)
redis.call('ZADD', KEYS[3], 0, id)
redis.call('SADD', KEYS[4], id)
return {'ok'}
`);

/**
 * Takes a run over. With `untouched` only one that nobody has taken yet.
 * KEYS record, epoch, lease; ARGV untouched (1 or 0), lease ms
 */
export const CLAIM_RUN = new Script(`
local json = redis.call('GET', KEYS[1])
if not json then return {'gone'} end
if ARGV[1] == '1' and redis.call('EXISTS', KEYS[2]) == 1 then return {'taken'} end
local epoch = redis.call('INCR', KEYS[2])
redis.call('SET', KEYS[3], '1', 'PX', ARGV[2])
return {'ok', tostring(epoch), json}
`);

/**
 * Writes a run and tells of it. A final state ends what the run held, and starts its retention.
 * KEYS record, epoch, lease, events, active runs, reserved of the target, abort, segments, t0, acts
 * ARGV id, epoch, json, data of the event state, data of the event end or '', retention ms, lease ms
 */
export const SAVE_RUN = new Script(`
local id = ARGV[1]
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return {'stale'} end
redis.call('SET', KEYS[1], ARGV[3])
redis.call('SET', KEYS[3], '1', 'PX', ARGV[7])
${appendEvent('KEYS[4]', "'state'", 'ARGV[4]')}
if ARGV[5] ~= '' then
  ${appendEvent('KEYS[4]', "'end'", 'ARGV[5]')}
  redis.call('SREM', KEYS[5], id)
  redis.call('HDEL', KEYS[6], id)
  for _, key in ipairs({KEYS[1], KEYS[2], KEYS[4], KEYS[7], KEYS[8], KEYS[9], KEYS[10]}) do
    redis.call('PEXPIRE', key, ARGV[6])
  end
  redis.call('DEL', KEYS[3])
  ${CONTROL}
end
return {'ok'}
`);

/**
 * Keeps a claim, and reads all that may change what its owner does.
 * KEYS epoch, lease, abort, lever, segments; ARGV epoch, lease ms
 */
export const RENEW_RUN = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'stale'} end
redis.call('SET', KEYS[2], '1', 'PX', ARGV[2])
return {
  'ok',
  redis.call('GET', KEYS[3]) or '',
  redis.call('HGET', KEYS[4], 'state') or '',
  redis.call('HGETALL', KEYS[5])
}
`);

/**
 * Sets t = 0 once and for all: now by the clock of Redis, plus a lead in which every segment hears of it.
 * KEYS epoch, t0; ARGV id, epoch, lead ms
 */
export const SET_T0 = new Script(`
local id = ARGV[1]
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return {'stale'} end
local t0 = redis.call('GET', KEYS[2])
if not t0 then
  local now = redis.call('TIME')
  t0 = string.format('%.3f', tonumber(now[1]) * 1000 + tonumber(now[2]) / 1000 + tonumber(ARGV[3]))
  redis.call('SET', KEYS[2], t0)
  ${CONTROL}
end
return {'ok', t0}
`);

/**
 * Asks for a run to be aborted. The first asker is the cause; a later one can only hurry it.
 * KEYS active runs, abort; ARGV id, abort json, mode
 */
export const ABORT_RUN = new Script(`
local id = ARGV[1]
if redis.call('SISMEMBER', KEYS[1], id) == 0 then return {'over'} end
local before = redis.call('GET', KEYS[2])
if not before then
  redis.call('SET', KEYS[2], ARGV[2])
elseif ARGV[3] == 'now' then
  local abort = cjson.decode(before)
  abort.mode = 'now'
  redis.call('SET', KEYS[2], cjson.encode(abort))
end
${CONTROL}
return {'ok'}
`);

/**
 * Takes a segment over and shows what its owners before have counted. Nobody gets it as long as the lease of the last
 * owner lasts: only when that is over has the owner surely stopped sending, also one whose process stands still.
 * KEYS segments, active runs, segment lease; ARGV segment, run id, lease ms
 */
export const CLAIM_SEGMENT = new Script(`
local id = ARGV[2]
if redis.call('SISMEMBER', KEYS[2], id) == 0 then return {'over'} end
if redis.call('HEXISTS', KEYS[1], ARGV[1] .. ':done') == 1 then return {'over'} end
local held = redis.call('PTTL', KEYS[3])
if held > 0 then return {'held', held} end
local epoch = redis.call('HINCRBY', KEYS[1], ARGV[1] .. ':epoch', 1)
redis.call('HSET', KEYS[1], ARGV[1] .. ':ready', '1')
redis.call('SET', KEYS[3], '1', 'PX', ARGV[3])
${CONTROL}
return {'ok', tostring(epoch), redis.call('HGETALL', KEYS[1])}
`);

/**
 * Keeps the claim on a segment, writes what it has counted so far, and reads all that may change what its owner does.
 * KEYS segments, run lease, abort, lever, t0, segment lease
 * ARGV id, segment, epoch, part json or '', done (1 or 0), lease ms
 */
export const RENEW_SEGMENT = new Script(`
local id = ARGV[1]
if redis.call('HGET', KEYS[1], ARGV[2] .. ':epoch') ~= ARGV[3] then return {'stale'} end
redis.call('SET', KEYS[6], '1', 'PX', ARGV[6])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], ARGV[2] .. ':part:' .. ARGV[3], ARGV[4]) end
if ARGV[5] == '1' then
  redis.call('HSET', KEYS[1], ARGV[2] .. ':done', '1')
  redis.call('DEL', KEYS[6])
  ${CONTROL}
end
return {
  'ok',
  redis.call('EXISTS', KEYS[2]),
  redis.call('GET', KEYS[3]) or '',
  redis.call('HGET', KEYS[4], 'state') or '',
  redis.call('GET', KEYS[5]) or ''
}
`);

/** Lets the next owner of a segment begin at once. KEYS segments, segment lease; ARGV segment, epoch */
export const RELEASE_SEGMENT = new Script(`
if redis.call('HGET', KEYS[1], ARGV[1] .. ':epoch') ~= ARGV[2] then return {'stale'} end
redis.call('DEL', KEYS[2])
return {'ok'}
`);

/**
 * Notes how far an act on the target has come, and shows how far it had come before: '' when nobody has begun it. What
 * was begun once is never begun again, whoever owns the run by then.
 * KEYS epoch, acts; ARGV epoch, act, stage (begun or done)
 */
export const NOTE_ACT = new Script(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'stale'} end
local before = redis.call('HGET', KEYS[2], ARGV[2]) or ''
if before == '' or ARGV[3] == 'done' then redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
return {'ok', before}
`);

/** Appends an event of the run's owner. KEYS epoch, events; ARGV id, epoch, type, data */
export const APPEND_EVENT = new Script(`
local id = ARGV[1]
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return {'stale'} end
${appendEvent('KEYS[2]', 'ARGV[3]', 'ARGV[4]')}
return {'ok'}
`);
