//! Container images and computers as disks.
