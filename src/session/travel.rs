//! How time passes, and going to another moment: undo, redo, seek, reset.

use std::rc::Rc;

use playground::Playground;

use super::{Session, Speed, Stepped};

impl Session {
    /// How fast time passes.
    pub fn set_speed(&self, speed: Speed) {
        {
            let mut world = self.world_now();
            world.clock.set_speed(speed);
            world.last_step = None;
        }
        self.touch();
    }

    /// Passes over a wait of the running commands.
    pub fn skip_wait(&self) {
        self.world_now().clock.hurry = true;
        self.touch();
    }

    /// One decision of one component; pauses.
    pub fn step(&self) {
        {
            let mut world = self.world_now();
            world.clock.set_speed(Speed::Paused);
            world.last_step = Some(world.playground.step_one().map_or(Stepped::AtRest, Stepped::Decided));
        }
        self.touch();
    }

    /// Before the last command.
    pub fn undo(&self) {
        self.travel(Playground::undo);
    }

    /// What was undone, again.
    pub fn redo(&self) {
        self.travel(Playground::redo);
    }

    /// Another moment.
    pub fn seek(&self, to: sim::Time) {
        self.travel(|playground| playground.seek(to));
    }

    /// Looks at another moment: time stands still there, and goes on at its old pace once something is done, or the end is
    /// come back to.
    pub fn look_at(&self, to: sim::Time) {
        {
            let mut world = self.0.world.borrow_mut();
            if to < world.playground.furthest() {
                world.clock.stand_still();
            } else {
                world.clock.go_on();
            }
        }
        self.seek(to);
    }

    /// The beginning, with its one terminal. Gives the moment that [`Session::seek`] brings back.
    pub fn reset(&self) -> sim::Time {
        let now = self.read(Playground::now);
        // Not `Playground::reset`: that world has no terminal yet, and opening one would be something new.
        self.travel(|playground| playground.seek(playground.beginning()));
        if let Some(run) = &mut self.0.world.borrow_mut().lesson {
            run.progress.prepared = 0;
        }
        {
            let mut world = self.0.world.borrow_mut();
            world.ahead = None;
            world.prepare_step();
        }
        self.touch();
        now
    }

    fn travel(&self, how: impl FnOnce(&mut Playground)) {
        {
            let mut world = self.world_now();
            let world = &mut *world;
            world.staged = None;
            let lived = world.ahead.take().unwrap_or_else(|| Rc::new(world.playground.timeline()));
            how(&mut world.playground);
            world.ahead = Some(lived);
            world.tabs.adopt(&mut world.playground);
            world.last_step = None;
        }
        self.touch();
    }
}
