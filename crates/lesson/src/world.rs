//! A playground as a lesson sees it.

use std::rc::Rc;

use crate::evidence::{Attempt, CommandRun, Evidence, Life, LifeKind, Place, PodFile, Protocol, Reach};
use api::path;
use network::{Proto, Verdict};
use playground::{Playground, ScriptEnd, Survival};
use serde_json::Value;

/// A playground to look at, and how the lesson's scripts ended there.
pub struct Seen<'a> {
    playground: &'a Playground,
    scripts: &'a [(String, ScriptEnd)],
}

impl<'a> Seen<'a> {
    /// A playground in which no script of the lesson was run.
    pub fn new(playground: &'a Playground) -> Self {
        Seen { playground, scripts: &[] }
    }

    /// A playground and how scripts ended in a copy of it: their texts and ends.
    pub fn with_scripts(playground: &'a Playground, scripts: &'a [(String, ScriptEnd)]) -> Self {
        Seen { playground, scripts }
    }
}

/// The lesson's word for a place of a playground.
pub fn place(place: &playground::Place) -> Place {
    match place {
        playground::Place::Laptop => Place::Outside,
        playground::Place::Node => Place::Node,
        playground::Place::Container { pod, .. } => Place::Pod(pod.clone()),
    }
}

fn reach(verdict: &Verdict) -> Reach {
    match verdict {
        Verdict::Deliver { .. } => Reach::Answers,
        Verdict::Refuse(_) => Reach::Refused,
        Verdict::Drop(_) | Verdict::TtlExceeded { .. } => Reach::TimedOut,
        Verdict::HostUnreachable { .. } | Verdict::NetworkUnreachable { .. } => Reach::Unreachable,
    }
}

impl Evidence for Seen<'_> {
    fn objects(&self, resource: &str) -> Vec<Rc<Value>> {
        let here = |object: &Rc<Value>| matches!(path::str(object, "metadata.namespace"), "" | "default");
        // A lesson says `jobs` as kubectl does, the store `jobs.batch`.
        let key = api::find_resource(resource).map_or(resource, |resource| resource.key());
        self.playground.objects(key, None).into_iter().filter(here).collect()
    }

    fn lives(&self) -> Vec<Life> {
        let lives = self.playground.timeline().lives;
        (lives.iter())
            .filter(|life| life.namespace == "default")
            .map(|life| Life {
                kind: match life.kind {
                    playground::LifeKind::Pod => LifeKind::Pod,
                    playground::LifeKind::Service => LifeKind::Service,
                    playground::LifeKind::File => LifeKind::File,
                    playground::LifeKind::Claim => LifeKind::Other,
                },
                name: life.name.clone(),
                ip: life.ip,
                port: life.port,
                from: life.from,
                until: life.until,
            })
            .collect()
    }

    fn attempts(&self) -> Vec<Attempt> {
        let runs = self.playground.commands();
        let traces = self.playground.traces().into_iter();
        traces
            .filter_map(|record| {
                let protocol = match record.trace.proto {
                    Proto::Tcp => Protocol::Tcp,
                    Proto::Icmp => Protocol::Icmp,
                    Proto::Udp => return None,
                };
                // What sent it: the last command of its terminal that had begun by then.
                let sender =
                    |run: &&playground::CommandRun| Some(run.terminal) == record.terminal && run.at <= record.at;
                let over = runs.iter().rev().find(sender).is_none_or(|run| run.ended.is_some());
                Some(Attempt {
                    at: record.at,
                    over,
                    from: place(&record.place?),
                    to: record.trace.to,
                    port: record.trace.port,
                    protocol,
                    reach: reach(&record.trace.verdict),
                })
            })
            .collect()
    }

    fn pod_files(&self, pod: &str) -> Vec<PodFile> {
        let files = self.playground.pod_files("default", pod).into_iter().filter(|file| !file.is_dir);
        files
            .map(|file| PodFile {
                path: file.path,
                kept: matches!(file.survival, Survival::Claim { .. } | Survival::NodePath { .. }),
            })
            .collect()
    }

    fn commands(&self) -> Vec<CommandRun> {
        let commands = self.playground.commands().into_iter();
        commands
            .filter_map(|run| Some(CommandRun { at: run.ended?, place: place(&run.place), line: run.line }))
            .collect()
    }

    fn script(&self, text: &str) -> Option<ScriptEnd> {
        self.scripts.iter().find(|(script, _)| script == text).map(|(_, end)| end.clone())
    }
}
