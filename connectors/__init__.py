"""One folder a channel: parse (pure), reply (the only outgoing call), poll or route."""
