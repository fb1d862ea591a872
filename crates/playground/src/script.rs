//! Running a script without a person: what `kube-playground run` does.

use std::cell::RefCell;
use std::rc::Rc;

use machine::Fd;
use sim::Duration;

use crate::Playground;

impl Playground {
    /// Feeds a script, a line at a time, to the bash of the outside computer, and prints a transcript.
    pub fn run_script(&mut self, script: &str, print: &mut dyn FnMut(&str)) {
        for line in script.lines() {
            if line.is_empty() {
                continue;
            }
            if let Some(rest) = line.strip_prefix('#') {
                print(&format!("{line}\n"));
                let rest = rest.trim();
                if let Some(seconds) = rest.strip_prefix("sleep ").and_then(|n| n.trim().parse::<f64>().ok()) {
                    let until = self.now() + Duration::from_secs_f64(seconds.clamp(0.0, 1e6));
                    self.advance(until, u64::MAX);
                } else if let Some(command) = rest.strip_prefix("quiet ") {
                    self.run_line(command);
                }
                continue;
            }
            print(&format!("$ {line}\n"));
            let (text, code) = self.run_line(line);
            print(&text);
            if !text.is_empty() && !text.ends_with('\n') {
                print("\n");
            }
            if code != 0 {
                print(&format!("? {code}\n"));
            }
        }
    }

    fn run_line(&mut self, line: &str) -> (String, i32) {
        let shared = self.world.shared.clone();
        let output = Rc::new(RefCell::new(Vec::new()));
        let capture = Fd::capture(output.clone());
        let argv = ["bash", "-c", line].map(str::to_owned);
        let child = match shared.kernel.execute(shared.laptop, &argv, Fd::null(), capture.clone(), capture) {
            Ok(child) => child,
            Err(error) => return (error.to_string(), error.status()),
        };
        let limit = self.now() + Duration::from_secs(600);
        while child.ended().is_none() {
            let Some(due) = self.world.next_due().filter(|due| *due <= limit) else { break };
            shared.sim.set_now(due);
            self.world.step();
        }
        let code = child.ended().map_or(130, machine::Exit::status);
        let text = String::from_utf8_lossy(&output.borrow()).into_owned();
        (text, code)
    }
}
