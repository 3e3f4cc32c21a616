"""Other servers of the fediverse, played over real loopback sockets with real signatures."""
