-- bench.lua - what bench.py has wrk do: -- DIRECTORY KEY. DIRECTORY/body is what is asked, DIRECTORY/answer the one right
-- answer. Says: RESULT, answers, microseconds that it took, wrong ones, the latencies (us) of the percentiles 0.5 to 99.5.
local function read(path)
    local file = assert(io.open(path, "rb"))
    local content = file:read("*a")
    file:close()
    return content
end

local answer
local threads = {}
wrong = 0

function setup(thread)
    table.insert(threads, thread)
end

function init(args)
    answer = read(args[1] .. "/answer")
    wrk.method = "POST"
    wrk.body = read(args[1] .. "/body")
    wrk.headers["X-Api-Key"] = args[2]
end

function response(status, headers, body)
    if status ~= 200 or body ~= answer then
        wrong = wrong + 1
    end
end

function done(summary, latency, requests)
    local e = summary.errors
    local bad = e.connect + e.read + e.write + e.status + e.timeout
    for _, thread in ipairs(threads) do
        bad = bad + thread:get("wrong")
    end
    io.write("RESULT ", summary.requests, " ", summary.duration, " ", bad)
    for p = 0, 99 do
        io.write(" ", latency:percentile(p + 0.5))
    end
    io.write("\n")
end
