//! Practice for ever: a challenge that starts broken, made of a number. The same number gives the same challenge.
//!
//! Here: the folder of the lesson (so that it is opened, kept, checked and passed on as any other). What an app is made of is in
//! `app`, what can be wrong with it in the files beside: with its Service in `network`, with its container in `container`, with
//! what it needs in `needs`, with where it may run in `room`.

mod app;
mod container;
mod needs;
mod network;
mod room;

use app::App;

use crate::folder::Folder;

/// What such a lesson's address begins with: `practice:17`.
pub const PRACTICE: &str = "practice";

/// A fault: it breaks an app, and knows how it is found and mended.
struct Fault {
    /// Command lines that mend it.
    solve: Vec<String>,
    /// Hints in Korean and English, the more general first.
    hints: [[String; 2]; 2],
    /// What it was, and what proves it.
    done: [String; 2],
}

type Break = fn(&mut App) -> Fault;

/// All that can be wrong, so that those next to each other are of different kinds.
const FAULTS: [Break; 17] = [
    network::selector,
    container::image,
    room::memory,
    needs::config_key,
    network::target_port,
    container::readiness_path,
    room::taint,
    needs::secret,
    network::port,
    container::command,
    room::quota,
    needs::storage_class,
    network::namespace,
    container::liveness_port,
    room::cpu,
    needs::claim_name,
    needs::role,
];

/// The folder of the challenge of a number.
pub fn practice(seed: u64) -> Folder {
    let count = FAULTS.len() as u64;
    let mut app = App::draw(seed);
    // Two numbers next to each other bring two kinds, and so many on end bring all of them.
    let Fault { solve, hints, done } = FAULTS[(seed % count) as usize](&mut app);
    let [verify_ko, verify_en] = &app.goal;
    let lesson = format!(
        "id: {PRACTICE}\ntitle: {{ko: \"연습 {seed} · {name}\", en: \"Practice {seed} · {name}\"}}\nseed: {}\nsteps:\n  - id: mend\n    \
         verify: {{ko: \"{verify_ko}\", en: \"{verify_en}\"}}\n",
        seed % 1_000,
        name = app.name,
    );
    let page = |lang: usize| {
        let ([first, second], done) = (&hints, &done[lang]);
        let (title, text) = (&app.title[lang], app.text(lang));
        format!(
            "# {title}\n\n{text}\n\n## Hint\n\n{}\n\n## Hint\n\n{}\n\n## Done\n\n{done}\n",
            first[lang], second[lang]
        )
    };
    let files = [
        ("lesson.yaml", lesson),
        ("mend.ko.md", page(0)),
        ("mend.en.md", page(1)),
        ("mend.setup.sh", app.setup()),
        ("mend.verify.sh", app.verify.clone()),
        ("mend.solve.sh", solve.join("\n") + "\n"),
    ];
    let mut folder = Folder::new();
    for (name, text) in files {
        folder.insert(name.to_owned(), text.into_bytes());
    }
    folder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::{Opened, open};
    use crate::{Lang, check};

    #[test]
    fn forty_of_them_start_broken_and_can_be_mended() {
        let mut titles = Vec::new();
        for seed in (0..38).chain([1_000_003, u64::MAX]) {
            let Opened { lesson, files } = open("practice", &practice(seed)).expect("it is a lesson");
            let problems = check::check(&lesson, files.clone());
            assert_eq!(problems, [], "{seed}: {}", lesson.steps[0].solution.join("; "));
            assert_eq!(check::missing_programs(&lesson, &files), Vec::<String>::new(), "{seed}");
            let step = &lesson.steps[0];
            let said = [&step.text, &step.done, &step.title, &step.hints[0], &step.hints[1], &step.goals[0].text];
            for text in said {
                assert!(text.get(Lang::Ko).chars().any(|c| ('가'..='힣').contains(&c)), "{seed}: {text:?}");
                assert!(text.get(Lang::En).is_ascii() || text.get(Lang::En).contains('\u{2026}'), "{seed}: {text:?}");
            }
            titles.push(step.text.get(Lang::En).to_owned());
        }
        let all = titles.len();
        sim::order::sort(&mut titles);
        titles.dedup();
        assert!(titles.len() > all * 3 / 4, "most of them are not alike");
    }

    /// All that the cluster says of what is in it.
    const SAID: &str = "kubectl get pods -A; kubectl describe pods,pvc,replicasets,rolebindings -A --show-events=true; for pod in $(kubectl get pods -A \
                        -o name); do for ns in $(kubectl get ns -o name); do kubectl -n ${ns#*/} logs $pod 2>/dev/null; done; done";

    #[test]
    fn what_proves_a_fault_is_there_to_be_seen() {
        let mut proofs = 0;
        for seed in 0..FAULTS.len() as u64 {
            let Opened { lesson, .. } = open("practice", &practice(seed)).expect("it is a lesson");
            let mut world = playground::Playground::new(lesson.settings(Vec::new()));
            let step = &lesson.steps[0];
            world.start_script(step.scripts.background.as_deref().expect("it is prepared"));
            let until = world.now() + sim::Duration::from_secs(90);
            while world.advance(until, 100_000).out_of_fuel {}
            let said = world.try_script(SAID, "en", sim::Duration::from_secs(60)).expect("nothing runs").output;
            let done = step.done.get(Lang::En);
            let Some((_, proof)) = done.split_once("The proof") else { continue };
            proofs += 1;
            for (words, is_code) in proof.split('`').zip([false, true].into_iter().cycle()) {
                let is_command = words.starts_with("kubectl") || words.starts_with("describe");
                assert!(!is_code || is_command || said.contains(words), "{seed}: {words} is not in\n{said}");
            }
        }
        assert!(proofs > 12, "{proofs}");
    }

    #[test]
    fn a_number_is_always_the_same_challenge() {
        assert_eq!(practice(7), practice(7));
        assert_ne!(practice(7), practice(8));
    }
}
