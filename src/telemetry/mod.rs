//! Asking nodes: one file or folder for each source, a poller with limits, discovery.
