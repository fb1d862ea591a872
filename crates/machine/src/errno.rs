//! Why a system call failed.

use thiserror::Error;

/// An error of a system call, by its name in errno(3); `Display` is what strerror(3) says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Error)]
#[expect(missing_docs, reason = "the names are the documentation: errno(3)")]
pub enum Errno {
    #[error("Operation not permitted")]
    EPERM,
    #[error("No such file or directory")]
    ENOENT,
    #[error("No such process")]
    ESRCH,
    #[error("No such device or address")]
    ENXIO,
    #[error("Input/output error")]
    EIO,
    #[error("Argument list too long")]
    E2BIG,
    /// A real computer's programs hold more than this world's.
    #[error("Cannot allocate memory (a program of this playground holds 8 MB at most)")]
    ENOMEM,
    #[error("Exec format error")]
    ENOEXEC,
    #[error("Bad file descriptor")]
    EBADF,
    #[error("Permission denied")]
    EACCES,
    #[error("Device or resource busy")]
    EBUSY,
    #[error("File exists")]
    EEXIST,
    #[error("Invalid cross-device link")]
    EXDEV,
    #[error("Not a directory")]
    ENOTDIR,
    #[error("Is a directory")]
    EISDIR,
    #[error("Invalid argument")]
    EINVAL,
    /// A real disk's files have more room than this world's.
    #[error("File too large (this playground keeps 8 MB of a file, beside what repeats in it)")]
    EFBIG,
    #[error("No space left on device")]
    ENOSPC,
    #[error("Read-only file system")]
    EROFS,
    #[error("Broken pipe")]
    EPIPE,
    #[error("File name too long")]
    ENAMETOOLONG,
    #[error("Directory not empty")]
    ENOTEMPTY,
    #[error("Too many levels of symbolic links")]
    ELOOP,
    #[error("Resource temporarily unavailable")]
    EAGAIN,
    #[error("Address already in use")]
    EADDRINUSE,
    /// What a real disk would have taken, this world's does not.
    #[error("Disk quota exceeded (this playground keeps 32 MB of a disk, beside its image and what repeats)")]
    EDQUOT,
}
