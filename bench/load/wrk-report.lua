-- Arguments: method, bytes of the request's body, then hosts that are asked in turn (none: the one of
-- the command line). A request is written once, not for each time that it is sent.
function init(args)
  wrk.method = args[1]
  local bytes = tonumber(args[2])
  if bytes > 0 then
    wrk.body = string.rep("x", bytes)
    wrk.headers["Content-Type"] = "application/octet-stream"
  end
  if #args > 2 then
    local ready, at = {}, 0
    for i = 3, #args do
      wrk.headers["Host"] = args[i]
      ready[#ready + 1] = wrk.format()
    end
    function request()
      at = at % #ready + 1
      return ready[at]
    end
  end
end

-- One line of JSON; times are in microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'REPORT {"requests":%d,"durationUs":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d,"p50":%d,"p99":%d,"p999":%d,"max":%d}\n',
    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write,
    errors.timeout, errors.status, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), latency.max
  ))
end
