//! What changes the bytes of a disk's files, and what that costs of its room.

use std::rc::Rc;

use sim::Time;

use super::{Content, Disk, FILE_LIMIT, Weight, weight, weight_of};
use crate::long_file::LONG;
use crate::{Errno, LongFile};

impl Disk {
    /// A file changed its weight.
    pub(super) fn count(&mut self, new: Weight, old: Weight) {
        self.used = (self.used + new.used).saturating_sub(old.used);
        self.held = (self.held + new.held).saturating_sub(old.held);
    }

    /// Changes what a regular file holds. `f` has the content for itself, so that an unshared one is not copied. What it fails
    /// with is given on, and what it did by then is kept.
    fn rewrite<S: AsRef<str>>(
        &mut self,
        path: &[S],
        now: Time,
        f: &mut dyn FnMut(&mut Content, &Disk) -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let inode = self.get(path).ok_or(Errno::ENOENT)?;
        match &inode.content {
            Content::File(_) | Content::Long(_) => {}
            Content::Directory(_) => return Err(Errno::EISDIR),
            _ => return Err(Errno::EINVAL),
        }
        let old = weight(inode);
        let taken = self.edit(path, |inode| std::mem::replace(&mut inode.content, Content::File(Rc::default())));
        let mut content = taken.ok_or(Errno::ENOENT)?;
        let outcome = f(&mut content, self);
        self.count(weight_of(&content), old);
        self.edit(path, |inode| {
            inode.content = content;
            if outcome.is_ok() {
                inode.modified = now;
            }
        });
        self.show_under_all_names(path);
        outcome
    }

    /// Changes the bytes of a file that is not long, in place.
    ///
    /// # Errors
    ///
    /// ENOENT, EISDIR, EINVAL for what has no bytes, EFBIG, ENOSPC, EDQUOT.
    pub fn write<S: AsRef<str>>(&mut self, path: &[S], now: Time, f: impl FnOnce(&mut Vec<u8>)) -> Result<(), Errno> {
        let mut f = Some(f);
        self.rewrite(path, now, &mut |content, disk| {
            let (Content::File(bytes), Some(f)) = (content, f.take()) else { return Err(Errno::EFBIG) };
            let kept = if Rc::strong_count(bytes) == 1 { None } else { Some(bytes.clone()) };
            let length = bytes.len();
            f(Rc::make_mut(bytes));
            let more = (bytes.len() as u64).saturating_sub(length as u64);
            let outcome = match bytes.len() as u64 > FILE_LIMIT {
                true => Err(Errno::EFBIG),
                false => disk.has_room(Weight { used: more, held: more }),
            };
            if outcome.is_err() {
                match kept {
                    Some(kept) => *bytes = kept,
                    None => Rc::make_mut(bytes).truncate(length),
                }
            }
            outcome
        })
    }

    /// Writes into a file from a place on, or at its end; gives the place behind what was written. Of what there is no room
    /// for, it writes as much as there is.
    ///
    /// # Errors
    ///
    /// As [`Disk::write`].
    pub fn write_at<S: AsRef<str>>(
        &mut self,
        path: &[S],
        now: Time,
        at: Option<u64>,
        bytes: &[u8],
    ) -> Result<u64, Errno> {
        let mut end = 0;
        self.rewrite(path, now, &mut |content, disk| {
            let size = size_of(content);
            let at = at.unwrap_or(size);
            let grows = at.saturating_add(bytes.len() as u64).saturating_sub(size.max(at));
            let lacks = grows.saturating_sub(disk.limit.saturating_sub(disk.used));
            let taken = &bytes[..bytes.len() - lacks as usize];
            end = at + taken.len() as u64;
            match content {
                Content::File(held) if end <= LONG => {
                    let more = end.saturating_sub(size);
                    disk.has_room(Weight { used: more, held: more })?;
                    put(Rc::make_mut(held), at as usize, taken);
                }
                _ => write_long(content, disk, at, taken)?,
            }
            if lacks == 0 { Ok(()) } else { Err(Errno::ENOSPC) }
        })?;
        Ok(end)
    }

    /// Gives a file another length. What it becomes longer by are zeros, which take room unless they are a hole; of those that
    /// there is no room for, it gets as many as there is.
    ///
    /// # Errors
    ///
    /// As [`Disk::write`].
    pub fn resize<S: AsRef<str>>(&mut self, path: &[S], now: Time, len: u64, hole: bool) -> Result<(), Errno> {
        self.rewrite(path, now, &mut |content, disk| {
            let size = size_of(content);
            // What is shorter than a page is no hole.
            let hole = hole && len.saturating_sub(size) >= 4096;
            let room = if hole { u64::MAX } else { disk.limit.saturating_sub(disk.used) };
            let more = len.saturating_sub(size).min(room);
            match content {
                _ if len == 0 => *content = Content::File(Rc::default()),
                Content::File(held) if size + more <= LONG && !hole => {
                    disk.has_room(Weight { used: more, held: more })?;
                    Rc::make_mut(held).resize(len.min(size + more) as usize, 0);
                }
                Content::File(held) if len <= size => Rc::make_mut(held).truncate(len as usize),
                _ => {
                    as_long(content, |file| {
                        file.cut(len);
                        file.append_zeros(more, hole);
                    });
                    shorten(content);
                }
            }
            if len.saturating_sub(size) == more { Ok(()) } else { Err(Errno::ENOSPC) }
        })
    }

    /// Puts what another file holds in the place of what one holds.
    ///
    /// # Errors
    ///
    /// As [`Disk::write`].
    pub(crate) fn replace<S: AsRef<str>>(&mut self, path: &[S], now: Time, with: &LongFile) -> Result<(), Errno> {
        self.resize(path, now, 0, false)?;
        self.rewrite(path, now, &mut |content, disk| {
            let lacks = with.allocated().saturating_sub(disk.limit.saturating_sub(disk.used));
            let mut file = with.clone();
            file.cut(with.len().saturating_sub(lacks));
            disk.has_room(Weight { used: file.allocated(), held: file.held() })?;
            *content = Content::Long(Rc::new(file));
            shorten(content);
            if lacks == 0 { Ok(()) } else { Err(Errno::ENOSPC) }
        })
    }
}

fn size_of(content: &Content) -> u64 {
    match content {
        Content::File(bytes) => bytes.len() as u64,
        Content::Long(file) => file.len(),
        _ => 0,
    }
}

/// Puts bytes into others from a place on, with zeros before it where there is nothing.
fn put(held: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if held.len() < at {
        held.resize(at, 0);
    }
    let overlap = bytes.len().min(held.len() - at);
    held[at..at + overlap].copy_from_slice(&bytes[..overlap]);
    held.extend_from_slice(&bytes[overlap..]);
}

/// Changes a regular file's content as that of a long one.
fn as_long<R>(content: &mut Content, f: impl FnOnce(&mut LongFile) -> R) -> R {
    let mut file = match std::mem::replace(content, Content::File(Rc::default())) {
        Content::Long(file) => file,
        Content::File(bytes) => Rc::new(LongFile::new(&bytes)),
        _ => Rc::default(),
    };
    let result = f(Rc::make_mut(&mut file));
    *content = Content::Long(file);
    result
}

/// A file that is not long any more is held as it is.
fn shorten(content: &mut Content) {
    if let Content::Long(file) = content
        && file.len() <= LONG
        && file.allocated() == file.len()
    {
        *content = Content::File(Rc::new(file.read(0, LONG as usize)));
    }
}

/// Writes into a file that is long, or becomes so.
#[inline(never)]
fn write_long(content: &mut Content, disk: &Disk, at: u64, bytes: &[u8]) -> Result<(), Errno> {
    let before = weight_of(content).held;
    let size = size_of(content);
    as_long(content, |file| {
        if at < size {
            *file = file.with(at, bytes);
        } else {
            file.append_zeros(at - size, true);
            file.append(bytes);
        }
        let more = file.held().saturating_sub(before);
        let outcome =
            if file.held() > FILE_LIMIT { Err(Errno::EFBIG) } else { disk.has_room(Weight { used: 0, held: more }) };
        if outcome.is_err() {
            file.cut(size);
        }
        outcome
    })
}
