//! A simulated Linux computer: disks with mounts, processes, bash and the programs people type.
