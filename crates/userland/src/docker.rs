//! `docker ps`, `docker images`, `docker logs` on the node: docker(1).

use super::prelude::*;

/// A running container as docker lists it.
struct Container {
    id: String,
    image: String,
    command: String,
    started: Time,
    name: String,
    machine: machine::MachineId,
}

fn containers(p: &Process) -> Vec<Container> {
    p.kernel().with(|state| {
        let running = state.machines.iter().filter(|(_, machine)| !machine.image.is_empty());
        let mut all: Vec<Container> = running
            .filter_map(|(id, machine)| {
                let init = state.processes.get(&machine.init()?)?;
                let image = crate::images::lookup(&machine.image).ok();
                // A container that docker started by digest shows the image's short ID, as the kubelet's do.
                let short = image.map_or(machine.image.clone(), |image| image.id[7..19].to_owned());
                let (number, name) = &machine.runtime;
                Some(Container {
                    id: number.chars().take(12).collect(),
                    image: short,
                    command: init.argv.join(" "),
                    started: init.started,
                    name: name.clone(),
                    machine: *id,
                })
            })
            .collect();
        sim::order::sort_by(&mut all, |a, b| b.started.cmp(&a.started));
        all
    })
}

/// With each Pod's `pause`, which holds its namespaces and is no process here.
fn with_sandboxes(containers: Vec<Container>) -> Vec<Container> {
    let mut all: Vec<Container> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let pause = crate::images::lookup("registry.k8s.io/pause:3.10.1").map(|image| image.id).unwrap_or_default();
    let pause: String = pause.chars().skip(7).take(12).collect();
    for container in containers {
        let mut parts: Vec<&str> = container.name.split('_').collect();
        let sandbox = if parts.len() == 6 {
            (parts[1], parts[5]) = ("POD", "0");
            parts.join("_")
        } else {
            String::new()
        };
        let (started, machine) = (container.started, container.machine);
        all.push(container);
        if !sandbox.is_empty() && !seen.contains(&sandbox) {
            all.push(Container {
                id: digest::sha256_hex(sandbox.as_bytes())[..12].to_owned(),
                image: pause.clone(),
                command: "/pause".to_owned(),
                started,
                name: sandbox.clone(),
                machine,
            });
            seen.push(sandbox);
        }
    }
    all
}

/// `5 minutes ago`, as docker says it.
fn ago(age: Duration) -> String {
    let seconds = age.as_secs();
    let (number, unit) = match seconds {
        0 => return "Less than a second".to_owned(),
        1 => return "1 second".to_owned(),
        2..60 => (seconds, "seconds"),
        60..120 => return "About a minute".to_owned(),
        120..3600 => (seconds / 60, "minutes"),
        3600..7200 => return "About an hour".to_owned(),
        7200..172_800 => (seconds / 3600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{number} {unit}")
}

fn table(rows: Vec<Vec<String>>) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> =
        (0..columns).map(|c| rows.iter().map(|row| row[c].chars().count()).max().unwrap_or(0) + 3).collect();
    let line = |row: &Vec<String>| {
        let cells: String = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        format!("{}\n", cells.trim_end())
    };
    rows.iter().map(line).collect()
}

fn words(row: [&str; 7]) -> Vec<String> {
    row.map(str::to_owned).to_vec()
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args: Vec<String> = p.args().iter().skip(1).cloned().collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["ps", options @ ..] | ["container", "ls", options @ ..] => {
            let mut all = with_sandboxes(containers(&p));
            let filter = options.iter().position(|option| matches!(*option, "-f" | "--filter"));
            let given = options.iter().find_map(|option| option.strip_prefix("--filter="));
            if let Some(filter) = given.or_else(|| filter.and_then(|at| options.get(at + 1).copied())) {
                let Some(name) = filter.strip_prefix("name=") else {
                    p.err(&format!("docker: the filter {filter:?} is not simulated: 'name=...' is\n")).await;
                    return Err(ExitStatus(1));
                };
                all.retain(|container| container.name.contains(name));
            }
            if let Some(format) = options.iter().find(|option| option.starts_with("--format")) {
                p.err(&format!("docker: {format} is not simulated: cut the table with awk\n")).await;
                return Err(ExitStatus(1));
            }
            if options.contains(&"-q") {
                p.out(&all.iter().map(|container| format!("{}\n", container.id)).collect::<String>()).await;
                return Ok(());
            }
            let mut rows = vec![words(["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"])];
            for container in all {
                let age = ago(p.now().since(container.started));
                let command: String = container.command.chars().take(19).collect();
                let command =
                    if container.command.chars().count() > 20 { format!("{command}…") } else { container.command };
                rows.push(words([
                    &container.id,
                    &container.image,
                    &format!("\"{command}\""),
                    &format!("{age} ago"),
                    &format!("Up {age}"),
                    "",
                    &container.name,
                ]));
            }
            p.out(&table(rows)).await;
            Ok(())
        }
        ["images", ..] | ["image", "ls", ..] => {
            let names = p.kernel().with(|state| {
                let names =
                    state.machines.values().map(|machine| machine.image.clone()).filter(|name| !name.is_empty());
                sim::order::collect::<std::collections::BTreeSet<String>, _>(names)
            });
            let mut rows = vec![["REPOSITORY", "TAG", "IMAGE ID", "SIZE"].map(str::to_owned).to_vec()];
            for image in names.iter().filter_map(|name| crate::images::lookup(name).ok()) {
                let repository = image.repo_digest().split('@').next().unwrap_or("").to_owned();
                let tag = image.familiar.rsplit_once(':').map_or("<none>", |(_, tag)| tag).to_owned();
                let size = match image.size {
                    size if size >= 10_000_000 => format!("{}MB", size / 1_000_000),
                    size if size >= 1_000_000 => format!("{}.{:02}MB", size / 1_000_000, size / 10_000 % 100),
                    size => format!("{}.{}kB", size / 1000, size / 100 % 10),
                };
                rows.push(vec![repository, tag, image.id[7..19].to_owned(), size]);
            }
            p.out(&table(rows)).await;
            Ok(())
        }
        ["logs", name] => {
            let found =
                containers(&p).into_iter().find(|container| container.id.starts_with(name) || container.name == *name);
            let Some(container) = found else {
                p.err(&format!("Error response from daemon: No such container: {name}\n")).await;
                return Err(ExitStatus(1));
            };
            let lines = p.kernel().with(|state| {
                let machine = state.machines.get(&container.machine);
                machine.map_or(Vec::new(), |machine| machine.log.iter().cloned().collect::<Vec<_>>())
            });
            for line in lines {
                p.write(if line.stderr { 2 } else { 1 }, format!("{}\n", line.text).as_bytes()).await;
            }
            Ok(())
        }
        ["version" | "--version" | "-v", ..] => {
            p.out("Docker version 28.3.3, build 980b856\n").await;
            Ok(())
        }
        [] => {
            p.out("Usage:  docker [OPTIONS] COMMAND\n\nSimulated here: docker ps, docker images, docker logs\n").await;
            Ok(())
        }
        [command, ..] => {
            let text = format!(
                "docker: '{command}' is not simulated: here are 'docker ps', 'docker images' and 'docker logs'\n"
            );
            p.err(&text).await;
            p.hint_not_simulated("docker");
            Err(ExitStatus(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_dockers() {
        for (seconds, text) in
            [(0, "Less than a second"), (5, "5 seconds"), (61, "About a minute"), (600, "10 minutes")]
        {
            assert_eq!(ago(Duration::from_secs(seconds)), text);
        }
    }
}
