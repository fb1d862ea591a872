//! kubectl: one verb a file, printers and describers; a client over any transport.
