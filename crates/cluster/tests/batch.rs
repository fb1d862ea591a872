//! Jobs and CronJobs.

use api::path;
use serde_json::{Value, json};
use test_support::TestCluster;

fn job(name: &str, image: &str, spec: Value) -> Value {
    let mut object = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
        "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": image}]}}},
    });
    for (field, value) in spec.as_object().into_iter().flatten() {
        object["spec"][field.as_str()] = value.clone();
    }
    object
}

#[test]
fn jobs_complete_or_fail() {
    let mut world = TestCluster::new();
    world.create(job("good", "done", json!({"completions": 3, "parallelism": 2, "ttlSecondsAfterFinished": 30})));
    world.create(job("bad", "crash", json!({"backoffLimit": 1})));
    world.run(15.0);
    let good = world.get("jobs.batch", "good")["status"].clone();
    assert_eq!(good["succeeded"], 3, "{good}");
    let kinds: Vec<&str> = path::list(&good, "conditions").iter().map(|one| path::str(one, "type")).collect();
    assert_eq!(kinds, ["SuccessCriteriaMet", "Complete"]);
    let events = world.events("good");
    assert_eq!(events.len(), 4, "{events:?}");
    assert_eq!(events[3], "Normal Completed job-controller Job completed");
    world.run(30.0);
    assert!(world.try_get("jobs.batch", "good").is_none(), "its time to live is over");
    let bad = world.get("jobs.batch", "bad")["status"].clone();
    assert_eq!(bad["failed"], 2, "{bad}");
    assert!(world.events("bad").contains(
        &"Warning BackoffLimitExceeded job-controller Job has reached the specified backoff limit".to_owned()
    ));
}

#[test]
fn a_cron_job_makes_jobs_and_keeps_the_last_three() {
    let mut world = TestCluster::new();
    let template = job("x", "done", json!({}))["spec"].clone();
    world.create(json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "hello"},
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": template}},
    }));
    world.run(100.0);
    assert!(world.names("jobs.batch").is_empty());
    world.run(300.0);
    assert_eq!(world.names("jobs.batch").len(), 1);
    let status = world.get("cronjobs.batch", "hello")["status"].clone();
    assert!(status["lastScheduleTime"].is_string() && status["lastSuccessfulTime"].is_string(), "{status}");
    world.run(1500.0);
    assert_eq!(world.names("jobs.batch").len(), 3);
}

#[test]
fn a_cron_job_that_is_never_due_says_so() {
    let mut world = TestCluster::new();
    let template = job("x", "done", json!({}))["spec"].clone();
    world.create(json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "never"},
        "spec": {"schedule": "59 23 31 2 *", "jobTemplate": {"spec": template}},
    }));
    world.run(10.0);
    let expected = "Warning InvalidSchedule cronjob-controller invalid schedule: 59 23 31 2 * : time difference between two \
                    schedules is less than 1 second";
    assert!(world.events("never").contains(&expected.to_owned()), "{:?}", world.events("never"));
}

#[test]
fn a_cron_job_goes_by_the_clock_of_its_zone() {
    let mut world = TestCluster::new();
    let template = job("x", "done", json!({}))["spec"].clone();
    let cron = |zone: &str, schedule: &str| {
        json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "hello"},
        "spec": {"schedule": schedule, "timeZone": zone, "jobTemplate": {"spec": template}}})
    };
    // The world begins at ten o'clock UTC.
    world.create(cron("Asia/Seoul", "30 19 * * *"));
    world.run(1500.0);
    assert!(world.names("jobs.batch").is_empty());
    world.run(600.0);
    let jobs = world.list("jobs.batch");
    let scheduled = &jobs[0]["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"];
    assert_eq!(scheduled, "2026-11-22T19:30:00+09:00");
    assert_eq!(world.get("cronjobs.batch", "hello")["status"]["lastScheduleTime"], "2026-11-22T10:30:00Z");
    let refused = |world: &mut TestCluster, zone: &str, schedule: &str| {
        let path = "/apis/batch/v1/namespaces/default/cronjobs";
        world.send(&api::Request::new(api::Method::Post, path).with_body(cron(zone, schedule))).unwrap_err().message
    };
    assert_eq!(
        refused(&mut world, "Asia/Seol", "* * * * *"),
        "CronJob.batch \"hello\" is invalid: spec.timeZone: Invalid value: \"Asia/Seol\": unknown time zone Asia/Seol"
    );
    assert_eq!(
        refused(&mut world, "UTC", "TZ=Asia/Seoul 30 19 * * *"),
        "CronJob.batch \"hello\" is invalid: spec.schedule: Invalid value: \"TZ=Asia/Seoul 30 19 * * *\": cannot use TZ or \
         CRON_TZ in schedule, use timeZone field instead"
    );
}

/// Types of a Job's conditions, with their reasons.
fn conditions(world: &TestCluster, name: &str) -> Vec<String> {
    let job = world.get("jobs.batch", name);
    let text = |one: &Value| format!("{} {}", path::str(one, "type"), path::str(one, "reason"));
    path::list(&job, "status.conditions").iter().map(text).collect()
}

#[test]
fn a_job_with_indexes_says_which_are_done() {
    let mut world = TestCluster::new();
    world.create(job("ten", "done", json!({"completionMode": "Indexed", "completions": 5, "parallelism": 2})));
    world.run(30.0);
    let status = world.get("jobs.batch", "ten")["status"].clone();
    assert_eq!((&status["completedIndexes"], &status["succeeded"]), (&json!("0-4"), &json!(5)), "{status}");
    let mut with_init = job("env", "nginx", json!({"completionMode": "Indexed", "completions": 1}));
    with_init["spec"]["template"]["spec"]["initContainers"] = json!([{"name": "i", "image": "done"},
        {"name": "own", "image": "done", "env": [{"name": "JOB_COMPLETION_INDEX", "value": "x"}]}]);
    world.create(with_init);
    world.run(1.0);
    let pods = world.list("pods");
    let pod = pods.iter().find(|pod| path::str(pod, "metadata.name").starts_with("env-0-")).unwrap();
    let field = json!([{"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {"apiVersion": "v1",
        "fieldPath": "metadata.labels['batch.kubernetes.io/job-completion-index']"}}}]);
    assert_eq!(pod["spec"]["containers"][0]["env"], field);
    assert_eq!(pod["spec"]["initContainers"][0]["env"], field);
    assert_eq!(pod["spec"]["initContainers"][1]["env"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_job_that_fails_waits_for_its_pods() {
    let mut world = TestCluster::new();
    world.node.lingers = true;
    world.create(job("late", "nginx", json!({"activeDeadlineSeconds": 3, "parallelism": 2})));
    world.run(5.0);
    assert_eq!(conditions(&world, "late"), ["FailureTarget DeadlineExceeded"]);
    let status = world.get("jobs.batch", "late")["status"].clone();
    assert_eq!((&status["failed"], &status["terminating"]), (&json!(2), &json!(2)), "{status}");
    let events = |world: &TestCluster| -> Vec<String> {
        let events = world.events("late");
        events.iter().map(|event| event.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
    };
    assert!(!events(&world).contains(&"DeadlineExceeded".to_owned()));
    let at = world.now;
    for (_, state) in world.node.containers.values_mut() {
        *state = cluster::node::ContainerState::Exited { code: 137, at };
    }
    world.run(5.0);
    assert_eq!(conditions(&world, "late"), ["FailureTarget DeadlineExceeded", "Failed DeadlineExceeded"]);
    assert_eq!(events(&world).last().map(String::as_str), Some("DeadlineExceeded"));
    assert_eq!(world.get("jobs.batch", "late")["status"]["terminating"], 0);
}

#[test]
fn a_container_restarted_in_place_counts_towards_the_limit() {
    let mut world = TestCluster::new();
    for (name, limit) in [("none", 0), ("two", 2)] {
        let mut failing = job(name, "crash", json!({"backoffLimit": limit}));
        failing["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure".into();
        world.create(failing);
    }
    world.run(120.0);
    for name in ["none", "two"] {
        assert_eq!(
            conditions(&world, name),
            ["FailureTarget BackoffLimitExceeded", "Failed BackoffLimitExceeded"],
            "{name}"
        );
        assert_eq!(world.get("jobs.batch", name)["status"]["failed"], 1);
    }
}

#[test]
fn a_pod_that_is_deleted_has_failed_but_not_when_the_job_is_suspended() {
    let mut world = TestCluster::new();
    world.create(job("j", "nginx", json!({"parallelism": 2, "completions": 2})));
    world.run(5.0);
    let pod = world.names("pods")[0].clone();
    world.delete("pods", &pod);
    world.run(5.0);
    assert_eq!(world.get("jobs.batch", "j")["status"]["failed"], 1);
    assert_eq!(world.get("jobs.batch", "j")["status"]["active"], 1, "the next Pod waits");
    world.run(10.0);
    assert_eq!(world.get("jobs.batch", "j")["status"]["active"], 2);
    world.patch("jobs.batch", "j", json!({"spec": {"suspend": true}}));
    world.run(5.0);
    let status = world.get("jobs.batch", "j")["status"].clone();
    assert_eq!((&status["failed"], &status["active"]), (&json!(1), &Value::Null), "{status}");
}

#[test]
fn failure_policies_decide_what_an_exit_code_means() {
    let mut world = TestCluster::new();
    let rule = |action: &str| {
        json!({"podFailurePolicy": {"rules": [
            {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]},
            {"action": action, "onExitCodes": {"operator": "In", "values": [1, 2]}}]}})
    };
    world.create(job("fails", "crash", rule("FailJob")));
    world.create(job("counts", "crash", rule("Count")));
    world.create(job("ignores", "crash", rule("Ignore")));
    world.run(3.0);
    let message = path::list(&world.get("jobs.batch", "fails"), "status.conditions")[1]["message"].clone();
    let message = message.as_str().unwrap();
    assert!(message.starts_with("Container c for pod default/fails-"), "{message}");
    assert!(message.ends_with(" failed with exit code 1 matching FailJob rule at index 1"), "{message}");
    assert_eq!(conditions(&world, "fails"), ["FailureTarget PodFailurePolicy", "Failed PodFailurePolicy"]);
    assert_eq!(world.get("jobs.batch", "counts")["status"]["failed"], 1);
    world.run(60.0);
    let status = world.get("jobs.batch", "ignores")["status"].clone();
    assert_eq!((&status["failed"], &status["active"]), (&Value::Null, &Value::Null), "{status}");
    assert!(world.events("ignores").len() > 2, "it goes on");
}

#[test]
fn an_eviction_that_is_ignored_does_not_count() {
    let mut world = TestCluster::new();
    world.create(job(
        "j",
        "nginx",
        json!({"backoffLimit": 0, "podFailurePolicy": {"rules": [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}}),
    ));
    world.run(5.0);
    let pod = world.names("pods")[0].clone();
    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}});
    let path = format!("/api/v1/namespaces/default/pods/{pod}/eviction");
    world.send(&api::Request::new(api::Method::Post, path).with_body(eviction)).unwrap();
    world.run(15.0);
    assert_eq!(conditions(&world, "j"), Vec::<String>::new());
    let status = world.get("jobs.batch", "j")["status"].clone();
    assert_eq!((&status["failed"], &status["active"]), (&Value::Null, &json!(1)), "{status}");
}

#[test]
fn a_condition_of_a_pod_that_is_deleted_fails_the_job() {
    let mut world = TestCluster::new();
    world.create(job(
        "j",
        "nosuch/image",
        json!({"podFailurePolicy": {"rules": [
        {"action": "FailJob", "onPodConditions": [{"type": "ConfigIssue"}]}]}}),
    ));
    world.run(5.0);
    let pod = world.names("pods")[0].clone();
    let issue = json!({"status": {"conditions": [{"type": "ConfigIssue", "status": "True"}]}});
    let mut patch = api::Request::new(api::Method::Patch, format!("/api/v1/namespaces/default/pods/{pod}/status"));
    patch.patch = Some(api::PatchType::Strategic);
    world.send(&patch.with_body(issue)).unwrap();
    world.delete("pods", &pod);
    world.run(5.0);
    assert_eq!(conditions(&world, "j"), ["FailureTarget PodFailurePolicy", "Failed PodFailurePolicy"]);
    let message = format!("Pod default/{pod} has condition ConfigIssue matching FailJob rule at index 0");
    assert_eq!(path::list(&world.get("jobs.batch", "j"), "status.conditions")[1]["message"], message.as_str());
}

#[test]
fn indexes_have_limits_of_their_own() {
    let mut world = TestCluster::new();
    let spec = |more: Value| {
        let mut spec =
            json!({"completionMode": "Indexed", "completions": 2, "parallelism": 2, "backoffLimitPerIndex": 1});
        more.as_object().into_iter().flatten().for_each(|(name, value)| spec[name.as_str()] = value.clone());
        spec
    };
    world.create(job("all", "crash", spec(json!({}))));
    world.create(job("few", "crash", spec(json!({"maxFailedIndexes": 0, "backoffLimitPerIndex": 0}))));
    world.run(3.0);
    assert_eq!(world.get("jobs.batch", "all")["spec"]["backoffLimit"], 2_147_483_647);
    let ends = ["FailureTarget MaxFailedIndexesExceeded", "Failed MaxFailedIndexesExceeded"];
    assert_eq!(conditions(&world, "few"), ends);
    world.run(30.0);
    assert_eq!(conditions(&world, "all"), ["FailureTarget FailedIndexes", "Failed FailedIndexes"]);
    let status = world.get("jobs.batch", "all")["status"].clone();
    assert_eq!((&status["failedIndexes"], &status["failed"]), (&json!("0,1"), &json!(4)), "{status}");
    let counts: Vec<Value> = world
        .list("pods")
        .iter()
        .filter(|pod| path::str(pod, "metadata.name").starts_with("all-"))
        .map(|pod| pod["metadata"]["annotations"]["batch.kubernetes.io/job-index-failure-count"].clone())
        .collect();
    assert_eq!(counts.iter().filter(|count| **count == "0").count(), 2, "{counts:?}");
    assert_eq!(counts.iter().filter(|count| **count == "1").count(), 2, "{counts:?}");
}

#[test]
fn some_indexes_can_be_enough() {
    let mut world = TestCluster::new();
    let policy = json!({"rules": [{"succeededIndexes": "3"}, {"succeededCount": 2}]});
    let spec = json!({"completionMode": "Indexed", "completions": 4, "parallelism": 1, "successPolicy": policy});
    world.create(job("j", "done", spec));
    world.run(30.0);
    assert_eq!(conditions(&world, "j"), ["SuccessCriteriaMet SuccessPolicy", "Complete SuccessPolicy"]);
    let status = world.get("jobs.batch", "j")["status"].clone();
    assert_eq!(status["completedIndexes"], "0,1");
    assert_eq!(path::list(&status, "conditions")[1]["message"], "Matched rules at index 1");
}

#[test]
fn policies_are_checked() {
    let mut world = TestCluster::new();
    let refused = |world: &mut TestCluster, spec: Value| {
        let path = "/apis/batch/v1/namespaces/default/jobs";
        let request = api::Request::new(api::Method::Post, path).with_body(job("j", "done", spec));
        world.send(&request).unwrap_err().message
    };
    for (spec, why) in [
        (
            json!({"backoffLimitPerIndex": 1}),
            "spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
        ),
        (
            json!({"completionMode": "Indexed", "parallelism": 2}),
            "spec.completions: Required value: when completion mode is Indexed",
        ),
        (
            json!({"podFailurePolicy": {"rules": [{"action": "FailJob"}]}}),
            "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
        ),
        (
            json!({"podFailurePolicy": {"rules": [{"action": "Fail", "onExitCodes": {"operator": "In", "values": [0]}}]}}),
            "[spec.podFailurePolicy.rules[0].action: Unsupported value: \"Fail\": supported values: \"Count\", \"FailIndex\", \
             \"FailJob\", \"Ignore\", spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 \
             for the In operator]",
        ),
        (
            json!({"completions": 3, "completionMode": "Indexed", "successPolicy": {"rules": [{"succeededIndexes": "1-3"}]}}),
            "spec.successPolicy.rules[0].succeededIndexes: Invalid value: \"1-3\": error parsing succeededIndexes: too large \
             index: \"3\"",
        ),
        (
            json!({"podReplacementPolicy": "TerminatingOrFailed", "podFailurePolicy": {"rules": []}}),
            "spec.podReplacementPolicy: Unsupported value: \"TerminatingOrFailed\": supported values: \"Failed\"",
        ),
        (
            json!({"completionMode": "Indexed", "completions": 9, "parallelism": 100_001}),
            "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
        ),
        (
            json!({"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001, "backoffLimitPerIndex": 1}),
            "[spec.maxFailedIndexes: Required value: must be specified when completions is above 100000, spec.parallelism: \
             Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with \
             backoff limit per index]",
        ),
        (
            json!({"podFailurePolicy": {"rules": [
                {"action": "Count", "onExitCodes": {"operator": "In", "values": (1..=256).collect::<Vec<_>>()}}]}}),
            "spec.podFailurePolicy.rules[0].onExitCodes.values: Too many: 256: must have at most 255 items",
        ),
        (
            json!({"podFailurePolicy": {"rules": [{"action": "Count",
                "onPodConditions": vec![json!({"type": "DisruptionTarget"}); 21]}]}}),
            "spec.podFailurePolicy.rules[0].onPodConditions: Too many: 21: must have at most 20 items",
        ),
        (
            json!({"managedBy": "kueue"}),
            "spec.managedBy: Invalid value: \"kueue\": must be a domain-prefixed path (such as \"acme.io/foo\")",
        ),
    ] {
        assert_eq!(refused(&mut world, spec), format!("Job.batch \"j\" is invalid: {why}"));
    }
}

#[test]
fn the_longest_host_name_of_an_indexed_job_is_a_label() {
    let mut world = TestCluster::new();
    let name = "n".repeat(62);
    let path = "/apis/batch/v1/namespaces/default/jobs";
    for (completions, fits) in [(1, false), (0, true)] {
        let spec = json!({"completionMode": "Indexed", "completions": completions});
        let request = api::Request::new(api::Method::Post, path).with_body(job(&name, "done", spec));
        let refused = world.send(&request).err().map(|status| status.message);
        let why = format!(
            "Job.batch \"{name}\" is invalid: metadata.name: Invalid value: \"{name}\": will not able to create pod with \
             invalid DNS label: {name}-0"
        );
        assert_eq!(refused, (!fits).then_some(why));
    }
}

/// Sends a merge patch of a Job's spec; the refusal, if it is one.
fn refused(world: &mut TestCluster, name: &str, spec: Value) -> Option<String> {
    let mut patch = api::Request::new(api::Method::Patch, format!("/apis/batch/v1/namespaces/default/jobs/{name}"));
    patch.patch = Some(api::PatchType::Merge);
    world.send(&patch.with_body(json!({ "spec": spec }))).err().map(|status| status.message)
}

#[test]
fn an_indexed_job_grows_and_shrinks_by_both_its_numbers() {
    let mut world = TestCluster::new();
    world.create(job("j", "nginx", json!({"completionMode": "Indexed", "completions": 2, "parallelism": 2})));
    world.create(job("plain", "nginx", json!({"completions": 2, "parallelism": 2})));
    world.run(3.0);
    let tandem = "Job.batch \"j\" is invalid: spec.completions: Invalid value: 3: can only be modified in tandem with \
                  spec.parallelism";
    assert_eq!(refused(&mut world, "j", json!({"completions": 3})).as_deref(), Some(tandem));
    let immutable = "Job.batch \"plain\" is invalid: spec.completions: Invalid value: 3: field is immutable";
    assert_eq!(refused(&mut world, "plain", json!({"completions": 3, "parallelism": 3})).as_deref(), Some(immutable));
    for wanted in [4, 1] {
        assert_eq!(refused(&mut world, "j", json!({"completions": wanted, "parallelism": wanted})), None);
        world.run(5.0);
        assert_eq!(world.get("jobs.batch", "j")["status"]["active"], wanted);
    }
}

#[test]
fn a_suspended_job_may_be_told_where_to_run_and_with_how_much() {
    let mut world = TestCluster::new();
    world.create(job("j", "nginx", json!({"suspend": true})));
    world.create(job("runs", "nginx", json!({})));
    world.run(3.0);
    let template = |spec: Value| json!({"template": {"spec": spec}});
    let directives = json!({"nodeSelector": {"disk": "ssd"}, "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "disk", "operator": "Exists"}]}]}}},
        "containers": [{"name": "c", "image": "nginx", "resources": {"requests": {"cpu": "10m"}}}]});
    let refusal = refused(&mut world, "runs", template(directives.clone())).expect("it runs");
    assert!(refusal.ends_with(": field is immutable") && refusal.contains("spec.template: Invalid value"), "{refusal}");
    assert!(
        refused(&mut world, "j", template(json!({"containers": [{"name": "c", "image": "other"}]}))).is_some(),
        "an image is no directive"
    );
    // What the API filled in before is in the template that is sent.
    let mut whole = world.get("jobs.batch", "j")["spec"]["template"].clone();
    for field in ["nodeSelector", "tolerations", "affinity"] {
        whole["spec"][field] = directives[field].clone();
    }
    whole["spec"]["containers"][0]["resources"] = directives["containers"][0]["resources"].clone();
    whole["metadata"]["annotations"] = json!({"kueue.x-k8s.io/queue": "a"});
    assert_eq!(refused(&mut world, "j", json!({ "template": whole })), None);
    world.run(1.0);
    assert_eq!(refused(&mut world, "j", json!({"template": {"spec": {"affinity": null}}})), None);
    assert_eq!(refused(&mut world, "j", json!({"suspend": false, "template": {"spec": {"nodeSelector": null}}})), None);
    world.run(5.0);
    assert_eq!(world.get("jobs.batch", "j")["status"]["active"], 1);
    assert!(refused(&mut world, "j", template(json!({"nodeSelector": {"disk": "hdd"}}))).is_some());
}

#[test]
fn a_suspended_job_whose_pods_have_succeeded_is_complete() {
    let mut world = TestCluster::new();
    world.create(job("j", "nginx", json!({})));
    world.run(5.0);
    // It ends and its Job is suspended before the controller looks.
    let at = world.now;
    for (_, state) in world.node.containers.values_mut() {
        *state = cluster::node::ContainerState::Exited { code: 0, at };
    }
    let pod = world.names("pods")[0].clone();
    let mut status = api::Request::new(api::Method::Patch, format!("/api/v1/namespaces/default/pods/{pod}/status"));
    status.patch = Some(api::PatchType::Merge);
    world.send(&status.with_body(json!({"status": {"phase": "Succeeded"}}))).unwrap();
    assert_eq!(refused(&mut world, "j", json!({"suspend": true})), None);
    world.run(5.0);
    assert_eq!(conditions(&world, "j"), ["SuccessCriteriaMet CompletionsReached", "Complete CompletionsReached"]);
    assert!(!world.events("j").iter().any(|event| event.contains("Suspended")), "{:?}", world.events("j"));
}

#[test]
fn a_job_of_many_completions_costs_what_its_pods_do() {
    let mut world = TestCluster::new();
    let many = json!({"completionMode": "Indexed", "completions": i32::MAX, "parallelism": 2, "suspend": true});
    world.create(job("j", "nginx", many));
    let mut status = api::Request::new(api::Method::Patch, "/apis/batch/v1/namespaces/default/jobs/j/status");
    status.patch = Some(api::PatchType::Merge);
    let done = format!("0-{}", i32::MAX - 3);
    world.send(&status.with_body(json!({"status": {"completedIndexes": done}}))).unwrap();
    assert_eq!(refused(&mut world, "j", json!({"suspend": false})), None);
    world.run(3.0);
    let pods = world.names("pods");
    let hosts: Vec<String> =
        pods.iter().map(|name| path::str(&world.get("pods", name), "spec.hostname").to_owned()).collect();
    assert_eq!(hosts, ["j-2147483645", "j-2147483646"]);
}
