# What the undisturbed run made of each thread.
($dump[0].conversations | INDEX(.id)) as $at |
reduce $map[] as $row ({}; .[$row.thread_id] = ($at[$row.conversation_id] | {items, metadata}))
