//! `minikube image`: the images on the node, which come from the registries that there are; none can be built.

use machine::Process;

use super::mark;
use crate::control::{Shared, WeakShared, upgrade};
use crate::node::{images_on, preloaded};

pub(super) async fn run(process: &Process, world: &WeakShared, words: &[&str]) -> i32 {
    let Some(world) = upgrade(world) else { return 1 };
    match words {
        ["ls" | "list", ..] => {
            let mut names: Vec<String> = images_on(&world.node.borrow());
            sim::order::sort(&mut names);
            names.reverse();
            process.out(&names.iter().map(|name| format!("{name}\n")).collect::<String>()).await;
            0
        }
        ["load" | "pull", names @ ..] if !names.is_empty() => fetch(process, &world, names, words[0] == "pull").await,
        ["rm" | "remove" | "unload", names @ ..] if !names.is_empty() => {
            for name in names {
                let Ok(found) = userland::images::lookup(name) else { continue };
                if !preloaded(&found.name) {
                    world.node.borrow_mut().images.remove(&found.name);
                }
            }
            0
        }
        ["build" | "save" | "tag" | "push", ..] => {
            let why = "is not simulated: no image can be built here; use one that is in a registry";
            process.err(&format!("{} minikube image {} {why}.\n", mark(process, "❌ "), words[0])).await;
            process.hint_not_simulated("minikube image");
            80
        }
        _ => {
            let text = "Manage images\n\nAvailable Commands:\n  load          Load an image into minikube\n  ls            List images\n  pull          \
                        Pull images\n  rm            Remove one or more images\n\nUsage:\n  minikube image COMMAND\n";
            process.out(text).await;
            0
        }
    }
}

/// Puts images on the node. This computer has no docker, so that what is loaded is pulled.
async fn fetch(process: &Process, world: &Shared, names: &[&str], pulls: bool) -> i32 {
    for name in names.iter().filter(|name| !name.starts_with('-')) {
        match userland::images::lookup(name) {
            Ok(found) => {
                process.sleep(found.pull).await;
                world.node.borrow_mut().images.insert(found.name);
            }
            Err(error) => {
                let (reason, what) = if pulls {
                    ("GUEST_IMAGE_PULL", "Failed to pull images")
                } else {
                    ("GUEST_IMAGE_LOAD", "Failed to load image")
                };
                let text = format!(
                    "\n{} Exiting due to {reason}: {what}: {error}\n* {name} is not an image of this playground, and none can be \
                     built here.\n\n",
                    mark(process, "❌ ")
                );
                process.err(&text).await;
                return 80;
            }
        }
    }
    0
}
