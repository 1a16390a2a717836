-- POST /v1/check for one of many users, the same request a connection at a time.
local bodies = {}
for user = 1, 1000 do
  bodies[user] = string.format('{"policy":"bench","descriptor":{"user":"%d"}}', user * 7919)
end
local requests = {}
local next_user = 0

init = function()
  for user = 1, #bodies do
    requests[user] = wrk.format("POST", "/v1/check", {["Content-Type"] = "application/json"}, bodies[user])
  end
end

request = function()
  next_user = next_user % #requests + 1
  return requests[next_user]
end
