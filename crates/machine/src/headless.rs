//! A shell that is fed lines and gives a transcript.
