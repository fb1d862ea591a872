use super::*;
use crate::folder::{Folder, Opened, open};

fn lesson(files: &[(&str, &str)]) -> Opened {
    let folder: Folder = files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect();
    open("lesson", &folder).expect("it is a lesson")
}

fn problems(files: &[(&str, &str)]) -> Vec<String> {
    let Opened { lesson, files } = lesson(files);
    check(&lesson, files).iter().map(ToString::to_string).collect()
}

const HEAD: &str = "id: a\ntitle: {ko: a, en: a}\ncomputer: controlplane\nsteps: [{id: one}, {id: two}]\n";

#[test]
fn a_lesson_whose_steps_work_has_no_problems() {
    let found = problems(&[
        ("lesson.yaml", HEAD),
        ("one.setup.sh", "kubectl create ns team"),
        (
            "one.md",
            "# One\nType `kubectl -n team run web --image=nginx`{{exec}}.\n\n```sh,should_fail\nkubectl get pod no\n```\n",
        ),
        (
            "one.verify.sh",
            "kubectl -n team get pod web -o jsonpath={.status.phase} | grep Running || { echo not yet; exit 1; }",
        ),
        (
            "two.md",
            "# Two\n```yaml,file=more.yaml\napiVersion: v1\nkind: Namespace\nmetadata: {name: more}\n```\n\n```sh,run\nkubectl apply -f more.yaml\n```\n",
        ),
        ("two.solve.sh", "kubectl create ns more"),
        ("two.verify.sh", "kubectl get ns more"),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn goals_are_checked_beside_a_job_in_the_background() {
    let files = |port: &str| {
        let verify = format!("curl -s -m 2 localhost:{port} | grep -q nginx || {{ echo nobody answers; exit 1; }}");
        problems(&[
            ("lesson.yaml", HEAD),
            ("one.setup.sh", "kubectl create deployment web --image=nginx"),
            ("one.md", "# One\n```sh,run\nkubectl port-forward deploy/web 8080:80 >/dev/null &\n```\n"),
            ("one.verify.sh", &verify),
            // The job of the step before still runs, also while the text of this one is tried.
            ("two.md", "# Two\n```sh,run\nkubectl create cm two\n```\n\n```sh,run\nkubectl get cm nothing\n```\n"),
            ("two.verify.sh", "kubectl get cm two -o name && curl -s -m 2 localhost:8080 | grep -q nginx"),
        ])
    };
    let found = files("8080");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("two:") && found[0].contains("kubectl get cm nothing"), "{found:?}");
    let found = files("8081");
    assert!(found[0].starts_with("one:") && found[0].contains("nobody answers"), "{found:?}");
}

#[test]
fn what_a_lesson_inherits_is_there_when_it_begins() {
    let lesson = "id: a\ncourse: ../course.yaml\ntitle: {ko: a, en: a}\nsteps:\n- id: one\n- id: two\n  files: [deep/late name.yaml]\n";
    let found = problems(&[
        ("lesson.yaml", lesson),
        ("../course.yaml", "functions: functions.sh\nimages: [redis]\naddons: [metrics-server]\nsetup: begin.sh\n"),
        ("../functions.sh", "has() { kubectl get \"$@\" >/dev/null 2>&1; }"),
        ("../begin.sh", "kubectl create ns begun; exit 3"),
        ("one.setup.sh", "has ns begun && kubectl create ns team"),
        (
            "one.md",
            "# One\n```sh,run\nminikube image ls | grep -c redis\nkubectl -n kube-system get deploy metrics-server -o name\n```\n```output\n1\ndeployment.apps/metrics-server\n```\n",
        ),
        ("one.solve.sh", "kubectl create cm done"),
        ("one.verify.sh", "has ns team && has cm done"),
        ("deep/late name.yaml", "a: '100%' \\n\n가: \"b\"\n"),
        ("two.md", "# Two\n```sh,run\ncat 'deep/late name.yaml'\n```\n```output\na: '100%' \\n\n가: \"b\"\n```\n"),
        ("two.solve.sh", "kubectl delete cm done"),
        ("two.verify.sh", "! has cm done"),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_step_is_played_after_what_it_needs_alone() {
    let lesson = |needs: &str| {
        let step = |id: &str, needs: &str| format!("- {{id: {id}, {needs}verify: {{ko: a, en: a}}}}\n");
        let steps = step("one", "") + &step("two", "needs: [], ") + &step("three", needs);
        format!("id: a\ntitle: {{ko: a, en: a}}\nsteps:\n{steps}")
    };
    let of = |needs: &str| {
        problems(&[
            ("lesson.yaml", &lesson(needs)),
            ("one.md", "# One\n"),
            ("one.solve.sh", "kubectl create cm one"),
            ("one.verify.sh", "kubectl get cm one -o name"),
            ("two.md", "# Two\n"),
            ("two.solve.sh", "kubectl create cm two"),
            ("two.verify.sh", "kubectl get cm two -o name"),
            ("three.md", "# Three\n"),
            ("three.solve.sh", "kubectl delete cm two"),
            ("three.verify.sh", "! kubectl get cm two -o name 2>/dev/null"),
        ])
    };
    assert_eq!(of(""), Vec::<String>::new());
    assert_eq!(of("needs: [two], "), Vec::<String>::new());
    assert_eq!(of("needs: [one], "), ["three: after one, as it needs: its goals are reached before anything was done"]);
    assert_eq!(of("needs: [one, two], "), Vec::<String>::new());
}

#[test]
fn one_shell_goes_through_the_whole_lesson() {
    let found = problems(&[
        ("lesson.yaml", HEAD),
        (
            "one.md",
            "# One\n```sh,run\nNS=team; cd /tmp; alias ns='kubectl get ns'\ncount() { ls | wc -l; }\n```\n`k create ns $NS`{{exec}}\n",
        ),
        ("one.verify.sh", "kubectl get ns team"),
        (
            "two.md",
            "# Two\n```sh,run\nns $NS -o name; pwd; count\n```\n```output\nnamespace/team\n/tmp\n...\n```\n```sh,run\nkubectl delete ns $NS\n```\n",
        ),
        ("two.verify.sh", "! kubectl get ns team"),
    ]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn what_is_wrong_with_a_step_is_said() {
    let found = problems(&[
        ("lesson.yaml", HEAD),
        ("one.md", "# One\n`kubectl get pod no`{{exec}}\n\n```sh,should_fail\ntrue\n```\n"),
        ("one.verify.sh", "kubectl get ns default"),
        ("two.md", "# Two\n"),
        ("two.solve.sh", "kubectl create ns other\nfalse"),
        ("two.verify.sh", "kubectl get ns more >/dev/null 2>&1 || { echo there is no more; exit 1; }"),
    ]);
    assert_eq!(
        found,
        [
            "one: its goals are reached before anything was done",
            "one: `kubectl get pod no` fails with 1: Error from server (NotFound): pods \"no\" not found",
            "one: `true` is marked should_fail, and does not",
            "two: its solution does not reach its goal \"The check passes\": there is no more",
        ]
    );
}

#[test]
fn a_goal_over_what_no_cluster_has_is_named() {
    let head = "id: a\ntitle: {ko: a, en: a}\nsteps: [{id: one, goals: [{text: {ko: a, en: a}, when: {not: {absent: {resource: jbos}}}}]}]\n";
    let found = problems(&[
        ("lesson.yaml", head),
        ("one.md", "# One\n"),
        ("one.solve.sh", "kubectl create job a --image=busybox"),
    ]);
    assert_eq!(found[0], "one: no resource is called jbos");
    let head = head.replace("jbos", "jobs");
    let solve = "kubectl create job a --image=busybox";
    assert_eq!(
        problems(&[("lesson.yaml", &head), ("one.md", "# One\n"), ("one.solve.sh", solve)]),
        Vec::<String>::new()
    );
}

#[test]
fn an_output_is_like_what_is_shown() {
    for (shown, output, want) in [
        ("pod/a created", "pod/a created\n", true),
        ("NAME READY\na 1/1", "NAME   READY\na      1/1\n", true),
        ("web-... 1/1 Running ... 3s", "web-6d8-x 1/1   Running 0 3s", true),
        ("web-...", "other", false),
        ("a\n...\nz", "a\nb\nc\nz", true),
        ("a\n...\nz", "a\nz", true),
        ("...\nz\ny", "a\nz\nz\ny", true),
        ("a\n...", "b\na", false),
        ("a", "a\nb", false),
        ("...a", "ba", true),
        ("ab...ab", "ab", false),
    ] {
        assert_eq!(is_like(shown, output), want, "{shown:?} {output:?}");
    }
}

#[test]
fn outputs_questions_hints_and_broken_premises_are_looked_at() {
    let found = problems(&[
        ("lesson.yaml", HEAD),
        (
            "one.md",
            "# One\n```sh,run\necho a b\n```\n```output\na   b\n```\n```sh,run\necho c\n```\n```output\nd\n```\n\n```quiz\nWhich?\n- [x] this\n```\n",
        ),
        ("one.verify.sh", "kubectl get ns team -o name || exit 1"),
        ("one.hint.sh", "echo There is no namespace team."),
        ("one.solve.sh", "true"),
        ("two.en.md", "# Two\n```quiz\nWhich?\n- [x] this\n- [ ] that\n```\n"),
        ("two.ko.md", "# 둘\n"),
        ("two.verify.sh", "false"),
        ("two.fail.sh", "kubectl get ns old || { echo It is gone.; exit 1; }"),
        ("two.solve.sh", "true"),
    ]);
    assert_eq!(
        found,
        [
            "one: question 1: it needs a right choice and a wrong one",
            "one: `echo c` does not print what the text shows, but:\nc",
            "one: its solution does not reach its goal \"The check passes\": There is no namespace team.",
            "two: it has 0 questions in Korean, 1 in English",
            "two: its solution does not reach its goal \"The check passes\": Error from server (NotFound): namespaces \"old\" not found\nIt is gone. \
             From here this step cannot be done any more: undo, or begin the lesson again.",
        ]
    );
}

#[test]
fn programs_that_are_not_simulated_are_found() {
    let Opened { lesson, files } = lesson(&[
        ("lesson.yaml", HEAD),
        (
            "one.md",
            "# One\n`etcdctl get a | grep b`{{exec}} `k get pods`{{exec}} `FOO=1 terraform plan && ls`{{exec}}\n",
        ),
        (
            "two.md",
            "# Two\n```sh,run\ncat <<EOF | kubectl apply -f -\nfoo bar\nEOF\nif helm list; then echo 'x | nothing' 2>&1; fi # velero\ngood=$((good + 1)) n=$((a|b)); own() { true; }\nown\n```\n",
        ),
    ]);
    assert_eq!(missing_programs(&lesson, &files), ["etcdctl", "terraform", "helm"]);
    let own = [("/usr/local/bin/etcdctl".to_owned(), Vec::new())];
    assert_eq!(missing_programs(&lesson, &own), ["terraform", "helm"]);
}
