//! A container's log as a file on its node, in docker's format: an object of JSON a line.

use sim::Time;

use crate::disk::split;
use crate::machine::LogFile;
use crate::{DiskId, KernelState, LogLine, MachineId};

impl KernelState {
    /// From now on a machine's log is written to a file of a disk, too; what it holds by now at once.
    pub fn keep_log_file(&mut self, machine: MachineId, disk: DiskId, path: &str, now: Time) {
        if let Some(file) = self.disks.get_mut(&disk) {
            file.add_file(path, Vec::new(), 0o640, now);
        }
        if let Some(data) = self.machines.get_mut(&machine) {
            data.log_file = Some(LogFile { disk, path: path.into(), lines: data.log_dropped });
        }
        self.write_log_file(machine, now);
    }

    /// Writes the lines that are not in the file yet. A file that is full begins anew, as with rotation.
    pub(crate) fn write_log_file(&mut self, machine: MachineId, now: Time) {
        let Some(data) = self.machines.get_mut(&machine) else { return };
        let Some(file) = &mut data.log_file else { return };
        let missing = (data.log_dropped + data.log.len() as u64).saturating_sub(file.lines) as usize;
        if missing == 0 {
            return;
        }
        file.lines += missing as u64;
        let mut text = String::new();
        for line in data.log.iter().rev().take(missing).rev() {
            put(&mut text, line);
        }
        let (id, path) = (file.disk, file.path.clone());
        let Some(disk) = self.disks.get_mut(&id) else { return };
        let names = split(&path);
        if disk.write(&names, now, |bytes| bytes.extend_from_slice(text.as_bytes())).is_err() {
            let _ = disk.write(&names, now, |bytes| {
                bytes.clear();
                bytes.extend_from_slice(text.as_bytes());
            });
        }
    }
}

fn put(out: &mut String, line: &LogLine) {
    out.push_str("{\"log\":\"");
    for c in line.text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    let stream = if line.stderr { "stderr" } else { "stdout" };
    let time = line.time.rfc3339_micros();
    out.push_str(&format!("\\n\",\"stream\":\"{stream}\",\"time\":\"{}000Z\"}}\n", time.trim_end_matches('Z')));
}
