//! Every lesson's solution reaches every goal of its step, and no goal is reached without it.

use lesson::{Lesson, Outcome, Place, Progress, Seen};
use playground::{Playground, Settings, TerminalId};
use sim::Duration;

fn world_with(files: &[lesson::LessonFile]) -> (Playground, TerminalId) {
    let files = files.iter().map(|file| (file.name.to_owned(), file.content.as_bytes().to_vec())).collect();
    let mut world = Playground::new(Settings { files, ..Settings::default() });
    let terminal = world.open_terminal(120, 40);
    wait(&mut world, Duration::from_secs(1));
    (world, terminal)
}

fn wait(world: &mut Playground, duration: Duration) {
    let until = world.now() + duration;
    while world.advance(until, 100_000).out_of_fuel {}
}

fn run(world: &mut Playground, terminal: TerminalId, line: &str) {
    world.input(terminal, format!("{line}\r").as_bytes());
    wait(world, Duration::from_millis(10));
    for _ in 0..600 {
        if !world.is_busy(terminal) {
            return;
        }
        wait(world, Duration::from_secs(1));
    }
    panic!("{line} does not end");
}

fn open_goals(lesson: &Lesson, progress: &Progress, world: &Playground) -> Vec<String> {
    let step = &lesson.steps[progress.step];
    let goals = step.goals.iter().enumerate().filter(|(goal, _)| !progress.is_reached(progress.step, *goal));
    goals
        .map(|(goal, text)| {
            let why = progress.difference(lesson, progress.step, goal, &Seen::new(world));
            format!("{}: {}", text.text.get(lesson::Lang::En), why.unwrap().text(lesson::Lang::En))
        })
        .collect()
}

#[test]
fn every_solution_reaches_its_goals_and_nothing_else_does() {
    for (lesson, files) in lesson::all() {
        let (mut world, terminal) = world_with(files);
        let mut progress = Progress::default();
        for index in 0..lesson.steps.len() {
            progress.step = index;
            let step = &lesson.steps[index];
            progress.observe(lesson, &Seen::new(&world));
            assert!(!progress.is_done(index), "{}/{} is done before anything was done", lesson.id, step.id);
            for line in &step.solution {
                run(&mut world, terminal, line);
            }
            wait(&mut world, Duration::from_secs(3));
            progress.observe(lesson, &Seen::new(&world));
            assert_eq!(open_goals(lesson, &progress, &world), Vec::<String>::new(), "{}/{}", lesson.id, step.id);
        }
    }
}

/// What a student does who only presses Run: every command of every step, where it belongs, with the right guess before it.
#[test]
fn every_step_can_be_done_by_its_commands_and_every_prediction_is_settled() {
    for (lesson, files) in lesson::all() {
        let (mut world, terminal) = world_with(files);
        let mut progress = Progress::default();
        for index in 0..lesson.steps.len() {
            progress.step = index;
            for (action, todo) in lesson.steps[index].actions.iter().enumerate() {
                if let Some(prediction) = &todo.predict {
                    assert!(prediction.choices.len() >= 2, "{}", todo.run);
                    progress.guess(index, action, 0, world.now());
                }
                let place = world.terminal_places(terminal).last().map(lesson::place);
                assert_eq!(place, Some(todo.on.clone()), "{}", todo.run);
                let line =
                    lesson::fill(&todo.run, &Seen::new(&world)).expect("the cluster has what the command asks for");
                if line.starts_with("ping") {
                    world.input(terminal, format!("{line}\r").as_bytes());
                    wait(&mut world, Duration::from_secs(5));
                    world.input(terminal, b"\x03");
                    wait(&mut world, Duration::from_secs(1));
                } else {
                    run(&mut world, terminal, &line);
                }
                // A person looks at what came out, and pulls take a while.
                wait(&mut world, Duration::from_secs(12));
                progress.observe(lesson, &Seen::new(&world));
                if let Some(prediction) = &todo.predict {
                    let outcome: Option<Outcome> = progress.guess_for(index, action).unwrap().outcome;
                    let outcome = outcome.unwrap_or_else(|| panic!("{} settles nothing", todo.run));
                    let offered = prediction.choices.iter().any(|choice| choice.outcome == outcome);
                    assert!(offered, "{}: {outcome:?} is none of the choices", todo.run);
                }
            }
            assert_eq!(open_goals(lesson, &progress, &world), Vec::<String>::new(), "{}", lesson.id);
            assert_eq!(world.terminal_places(terminal).last().map(lesson::place), Some(Place::Outside));
        }
    }
}

fn lesson_files(folder: &std::path::Path, name: &str, found: &mut Vec<std::path::PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            lesson_files(&path, name, found);
        } else if path.ends_with(name) {
            found.push(path);
        }
    }
}

fn value_of(yaml: &str) -> serde_json::Value {
    manifest::parse(yaml).documents.into_iter().next().map(|document| document.value).unwrap_or_default()
}

fn schema_of(root: &std::path::Path, name: &str) -> jsonschema::Validator {
    let schema = std::fs::read_to_string(root.join(format!("docs/{name}.schema.json"))).expect("the schema");
    jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema")
}

/// The same of `course.yaml`.
#[test]
fn the_schema_of_courses_says_what_the_reader_does() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let schema = schema_of(&root, "course");
    let mut files = Vec::new();
    lesson_files(&root.join("lessons"), "course.yaml", &mut files);
    assert_eq!(files.len(), 2, "{files:?}");
    for file in files {
        let value = value_of(&std::fs::read_to_string(&file).expect("a course"));
        assert!(schema.is_valid(&value), "{}", file.display());
    }
    let lesson = "id: a\ncourse: ../course.yaml\ntitle: {ko: a, en: a}\nsteps: [{id: s, title: {ko: a, en: a}, text: {ko: a, en: a}}]\n";
    for (course, is_good) in [
        ("{}", true),
        (
            "{computer: controlplane, seed: 3, functions: say.sh, setup: say.sh, files: [say.sh], images: [nginx], addons: [metallb]}",
            true,
        ),
        ("{hints: [{ko: a, en: a}]}", true),
        ("{computer: mars}", false),
        ("{seed: -1}", false),
        ("{functions: [say.sh]}", false),
        ("{files: say.sh}", false),
        ("{hints: [{ko: a}]}", false),
        ("{title: {ko: a, en: a}}", false),
    ] {
        assert_eq!(schema.is_valid(&value_of(course)), is_good, "the schema: {course}");
        let files = [("lesson.yaml", lesson), ("../course.yaml", course), ("../say.sh", "say() { :; }")];
        let folder = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into_iter().collect();
        let opened = lesson::open("a", &folder);
        assert_eq!(opened.is_ok(), is_good, "the reader: {course}: {:?}", opened.err());
    }
}

/// Editors complete and check `lesson.yaml` by the schema: it allows what the reader reads, and refuses what that refuses.
#[test]
fn the_schema_of_lessons_says_what_the_reader_does() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let schema = schema_of(&root, "lesson");
    let mut files = Vec::new();
    lesson_files(&root.join("lessons"), "lesson.yaml", &mut files);
    lesson_files(&root.join("tests/lessons"), "lesson.yaml", &mut files);
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let mut value = value_of(&std::fs::read_to_string(&file).expect("a lesson"));
        // YAML 1.1, as Kubernetes reads it, has `true` for `on`; editors do not.
        for action in
            value["steps"].as_array_mut().into_iter().flatten().flat_map(|step| {
                step.get_mut("actions").and_then(serde_json::Value::as_array_mut).into_iter().flatten()
            })
        {
            if let Some(place) = action.as_object_mut().and_then(|action| action.remove("true")) {
                action["on"] = place;
            }
        }
        let errors: Vec<String> =
            schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new(), "{}", file.display());
    }
    let head = "id: a\ntitle: {ko: a, en: a}\n";
    let step = "id: s, title: {ko: a, en: a}, text: {ko: a, en: a}";
    for (rest, is_good) in [
        (format!("steps: [{{{step}}}]\n"), true),
        (format!("computer: controlplane\nsteps: [{{{step}}}]\n"), true),
        (
            format!(
                "steps: [{{{step}, goals: [{{text: {{ko: a, en: a}}, when: {{not: {{absent: {{resource: pods}}}}}}}}]}}]\n"
            ),
            true,
        ),
        (
            format!(
                "steps: [{{{step}, goals: [{{text: {{ko: a, en: a}}, when: {{script: 'true'}}, hint: echo a}}]}}]\n"
            ),
            true,
        ),
        ("steps: []\n".to_owned(), false),
        (format!("computer: mars\nsteps: [{{{step}}}]\n"), false),
        (format!("script: x\nsteps: [{{{step}}}]\n"), false),
        (format!("steps: [{{{step}, goals: [{{text: {{ko: a}}, when: {{script: 'true'}}}}]}}]\n"), false),
        (format!("steps: [{{{step}, goals: [{{text: {{ko: a, en: a}}, when: {{ready: a}}}}]}}]\n"), false),
        (
            format!("steps: [{{{step}, goals: [{{text: {{ko: a, en: a}}, when: {{file: {{pod: a, path: b}}}}}}]}}]\n"),
            false,
        ),
        (
            format!(
                "steps: [{{{step}, actions: [{{run: ls, predict: {{question: {{ko: a, en: a}}, choices: []}}}}]}}]\n"
            ),
            false,
        ),
    ] {
        let yaml = format!("{head}{rest}");
        assert_eq!(schema.is_valid(&value_of(&yaml)), is_good, "the schema: {rest}");
        let folder = [("lesson.yaml".to_owned(), yaml.into_bytes())].into_iter().collect();
        assert_eq!(lesson::open("a", &folder).is_ok(), is_good, "the reader: {rest}");
    }
}
