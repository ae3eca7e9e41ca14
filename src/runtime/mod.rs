//! The imperative shell: event loop, terminal, effects, processes, clock, signals, paths.
