-- GET /?user=N for one of 1,000 users in turn.
local requests = {}
local next_user = 0

init = function()
  for user = 1, 1000 do
    requests[user] = wrk.format("GET", "/?user=" .. user * 7919)
  end
end

request = function()
  next_user = next_user % #requests + 1
  return requests[next_user]
end
