//! Container images: which there are, and the tree of files each starts a container with.
