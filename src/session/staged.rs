//! What the editor holds and the world does not know yet, and the files of the home folder.

use super::{Session, World};
use crate::browser::milliseconds;

impl Session {
    /// What the editor holds: saved into the world a little later, and before anything is typed. A text that has become
    /// empty is not: see [`Session::has_emptied`].
    pub fn stage_file(&self, path: &str, text: &str) {
        let mut world = self.0.world.borrow_mut();
        if world.staged.as_ref().is_some_and(|(staged, _)| staged != path) {
            self.pass_time(&mut world, milliseconds());
            world.save_staged(false);
        }
        world.staged = Some((path.to_owned(), text.to_owned()));
        world.keep.staged_at = milliseconds();
        drop(world);
        self.wake();
    }

    /// Saves what the editor holds now, also if it is empty: somebody asked for it.
    pub fn save_staged(&self) {
        self.world_now().save_staged(true);
        self.touch();
    }

    /// Whether the editor holds nothing of a file that has something in it. One key empties a text, so that by itself this
    /// is not saved, and forgotten when another file is opened.
    pub fn has_emptied(&self, path: &str) -> bool {
        self.0.world.borrow().has_emptied(path)
    }

    /// Makes a file, or replaces it.
    pub fn save_file(&self, path: &str, text: &str) {
        self.world_now().playground.save_file(path, text.as_bytes());
        self.touch();
    }

    /// A file of the home folder as the editor is to show it.
    pub fn file(&self, path: &str) -> Option<String> {
        let world = self.0.world.borrow();
        match &world.staged {
            Some((staged, text)) if staged == path => Some(text.clone()),
            _ => world.playground.read_file(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        }
    }
}

impl World {
    fn has_emptied(&self, path: &str) -> bool {
        let blank = |text: &[u8]| text.iter().all(u8::is_ascii_whitespace);
        self.staged.as_ref().is_some_and(|(staged, text)| staged == path && blank(text.as_bytes()))
            && self.playground.read_file(path).is_some_and(|saved| !blank(&saved))
    }

    /// `asked`: by a person, rather than by the page itself.
    pub(super) fn save_staged(&mut self, asked: bool) {
        let held = !asked && self.staged.as_ref().is_some_and(|(path, _)| self.has_emptied(path));
        if !held
            && let Some((path, text)) = self.staged.take()
            && self.playground.read_file(&path).as_deref() != Some(text.as_bytes())
        {
            self.playground.save_file(&path, text.as_bytes());
        }
    }
}
