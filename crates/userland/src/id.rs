//! `id`: a user's numbers and groups. id(1) of GNU coreutils 9.1.

use machine::User;

use super::listing::Names;
use super::prelude::*;

/// The groups a user is in, besides the primary one: from `/etc/group`.
pub(crate) fn more_groups(p: &Process, name: &str, primary: u32) -> Vec<u32> {
    if name.is_empty() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&p.read_file("/etc/group").unwrap_or_default()).into_owned();
    let member = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let number = fields.get(2)?.parse().ok()?;
        (number != primary && fields.get(3)?.split(',').any(|user| user == name)).then_some(number)
    };
    text.lines().filter_map(member).collect()
}

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    const SPEC: Spec = Spec {
        short: "Ggnru",
        long: &[("groups", 'G'), ("group", 'g'), ("name", 'n'), ("real", 'r'), ("user", 'u')],
        usage: "[OPTION]... [USER]...",
        status: 1,
    };
    let options = SPEC.parse(&p).await?;
    let (users, groups) = (Names::read(&p, "/etc/passwd"), Names::read(&p, "/etc/group"));
    let mut user = p.user();
    if let Some(name) = options.operands.first() {
        let text = String::from_utf8_lossy(&p.read_file("/etc/passwd").unwrap_or_default()).into_owned();
        let found = text.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            (fields.first() == Some(&name.as_str())).then_some(())?;
            Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
        });
        match found {
            Some((uid, gid)) => {
                user = User { name: name.clone(), uid, gid, groups: Vec::new(), home: String::new(), ..User::root() }
            }
            None => return fail(&p, &format!("{}: no such user", quote(&p, name))).await,
        }
    }
    let mut all = vec![user.gid];
    // In a container the kernel knows all of its user's groups; on a computer, and of another user, their list says them.
    let is_told = options.operands.is_empty() && !p.image().is_empty();
    let listed = if is_told { Vec::new() } else { more_groups(&p, &user.name, user.gid) };
    for group in user.groups.iter().copied().chain(listed) {
        if !all.contains(&group) {
            all.push(group);
        }
    }
    if is_busybox(&p) {
        // As the kernel has them: GNU's puts the primary one first.
        sim::order::sort(&mut all);
    }
    let is_groups = name_of(&p) == "groups";
    let text = match (options.last_of("Ggu"), options.has('n')) {
        _ if is_groups => {
            let names: Vec<String> = all.iter().map(|gid| groups.get(*gid)).collect();
            let whose = options.operands.first().map_or_else(String::new, |name| format!("{name} : "));
            format!("{whose}{}", names.join(" "))
        }
        (Some('u'), false) => user.uid.to_string(),
        (Some('u'), true) => users.get(user.uid),
        (Some('g'), false) => user.gid.to_string(),
        (Some('g'), true) => groups.get(user.gid),
        (Some(_), named) => {
            let texts: Vec<String> =
                all.iter().map(|gid| if named { groups.get(*gid) } else { gid.to_string() }).collect();
            texts.join(" ")
        }
        (None, true) => return fail(&p, "cannot print only names or real IDs in default format").await,
        (None, false) => {
            let label = |names: &Names, number: u32| match names.find(number) {
                Some(name) => format!("{number}({name})"),
                None => number.to_string(),
            };
            let all: Vec<String> = all.iter().map(|gid| label(&groups, *gid)).collect();
            format!("uid={} gid={} groups={}", label(&users, user.uid), label(&groups, user.gid), all.join(","))
        }
    };
    p.out(&format!("{text}\n")).await;
    Ok(())
}
