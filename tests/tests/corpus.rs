//! The inputs that are kept in `tests/corpus`, as they are and with a few bytes changed: each target of `tests::fuzz` holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tests::{corpus, fuzz};

/// Plays the corpus of one target on a stack as large as a browser's, or a main thread's.
fn holds(name: &'static str) {
    let target = fuzz::TARGETS.iter().find(|target| target.name == name).expect("a target");
    let played = move || {
        corpus(name, &mut |case, bytes| {
            let Ok(taken) = std::panic::catch_unwind(|| (target.play)(bytes)) else {
                panic!("{case}, which is {:?}", String::from_utf8_lossy(bytes));
            };
            // Else what is changed in it would only ever be refused.
            let usual =
                case.split('.').next().is_some_and(|case| case.ends_with("/usual")) && !case.contains("changed");
            assert!(taken || !usual, "{case} is refused");
        });
    };
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(played).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name));
        })*

        /// Each target is played here, has a corpus, and a program in `fuzz/`; and nothing else has.
        #[test]
        fn each_target_has_a_corpus_and_a_program() {
            let here: BTreeSet<String> = [$(stringify!($name)),*].map(str::to_owned).into();
            let targets: BTreeSet<String> = fuzz::TARGETS.iter().map(|target| target.name.to_owned()).collect();
            assert_eq!(here, targets);
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let mut kept = names(&root.join("corpus"));
            // Played over sockets, by `crates/cli/tests/strangers.rs`.
            assert!(kept.remove("http") && kept.remove("README"));
            assert_eq!(kept, targets);
            let programs = root.join("../fuzz/fuzz_targets");
            assert_eq!(names(&programs), targets);
            let manifest = fs::read_to_string(root.join("../fuzz/Cargo.toml")).expect("a manifest");
            for name in targets {
                let text = fs::read_to_string(programs.join(format!("{name}.rs"))).expect("a program");
                assert!(text.contains(&format!("tests::fuzz::{name}(bytes)")), "{text}");
                assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
            }
        }
    };
}

targets! {
    awk bash corefile exec go_template jsonpath lesson line markdown patch port_forward protobuf request sed session spdy yaml
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned()).collect()
}
