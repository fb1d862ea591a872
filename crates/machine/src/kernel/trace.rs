//! Traces of packets that the kernel keeps, so that a line under a command can show what its packet met.

use std::rc::Rc;

use network::Trace;
use sim::Time;

use crate::{KernelState, MachineId, Pid, TtyId};

/// Names a trace that the kernel keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TraceId(pub u64);

/// A trace with when and for whom it was made.
#[derive(Clone, Debug)]
pub struct TraceRecord {
    /// Its name.
    pub id: TraceId,
    /// When the packet was sent.
    pub time: Time,
    /// The machine that sent it.
    pub machine: MachineId,
    /// The program that sent it.
    pub program: Rc<str>,
    /// The terminal it was started from, if any.
    pub tty: Option<TtyId>,
    /// What happened.
    pub trace: Rc<Trace>,
}

/// How many traces are kept.
const TRACE_LIMIT: usize = 200;

impl KernelState {
    /// The trace with this name, if it is still kept.
    pub fn trace(&self, id: TraceId) -> Option<&TraceRecord> {
        self.traces.iter().find(|record| record.id == id)
    }

    pub(crate) fn record_trace(&mut self, time: Time, machine: MachineId, pid: Option<Pid>, trace: Trace) -> TraceId {
        let id = TraceId(self.next_id());
        let process = pid.and_then(|pid| self.processes.get(&pid));
        let program = process.and_then(|p| p.argv.first()).map_or("", |name| name.as_str()).into();
        let tty = process.and_then(|p| p.tty);
        self.traces.push_back(TraceRecord { id, time, machine, program, tty, trace: Rc::new(trace) });
        if self.traces.len() > TRACE_LIMIT {
            self.traces.pop_front();
        }
        id
    }
}
