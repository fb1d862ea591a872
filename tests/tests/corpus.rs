//! What was made to break something: `tests/corpus`. It is answered, in words, and the part that met it goes on.

use api::{Method, PatchType, Request};
use playground::{Answer, Playground, Session};
use serde_json::Value;
use sim::Duration;
use tests::{corpus, world};

/// The most that a patch of a small object may grow it to, in bytes of JSON.
const LARGEST: usize = 16 << 20;

/// As a browser's, or a main thread's.
fn on_a_main_threads_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn patches() {
    on_a_main_threads_stack(|| {
        corpus("patches", &mut |name, bytes| {
            let Ok(case) = serde_json::from_slice::<Value>(bytes) else { return };
            let (target, patch) = (&case["target"], &case["patch"]);
            if patch.is_array() {
                match api::patch::json::apply(target, patch) {
                    Ok(value) => assert!(value.to_string().len() <= LARGEST, "{name} grew"),
                    Err(error) => assert!(!error.to_string().is_empty(), "{name}: no words"),
                }
            } else {
                let mut merged = target.clone();
                api::patch::merge::apply(&mut merged, patch);
                assert!(merged.to_string().len() <= LARGEST, "{name} grew");
                if let Err(error) = api::strategic::apply(target, patch, None) {
                    assert!(!error.to_string().is_empty(), "{name}: no words");
                }
            }
        });
    });
}

#[test]
fn yaml() {
    on_a_main_threads_stack(|| {
        corpus("yaml", &mut |name, bytes| {
            let parsed = manifest::parse(&String::from_utf8_lossy(bytes));
            for document in &parsed.documents {
                // What was read can be written, and read again as the same.
                let written = manifest::to_yaml(&document.value);
                let again = manifest::parse(&written);
                assert!(again.error.is_none(), "{name}: {:?}\n{written}", again.error);
            }
            if let Some(error) = parsed.error {
                assert!(!error.message.is_empty(), "{name}: no words");
            }
        });
    });
}

/// A shell answers after any of them.
#[test]
fn lines() {
    on_a_main_threads_stack(|| {
        let mut world = world(1);
        let terminal = world.open_terminal(80, 24);
        let pass = |world: &mut Playground, seconds| {
            let until = world.now() + Duration::from_secs(seconds);
            world.advance(until, 20_000);
        };
        corpus("lines", &mut |name, bytes| {
            world.input(terminal, bytes);
            world.input(terminal, b"\r");
            pass(&mut world, 5);
            for keys in ["\x03", "\x03", "\x04", "\x1b:q!\r", "\x03q", "\x03", "exit\r", "\x03\x15", "\x03", "\x15"] {
                world.input(terminal, keys.as_bytes());
                pass(&mut world, 3);
            }
            world.output(terminal);
            world.input(terminal, b"/bin/echo al''ive\r");
            pass(&mut world, 3);
            let shown = format!("{:?}", world.output(terminal).iter().map(text).collect::<String>());
            assert!(
                shown.contains("alive"),
                "{name}: no shell answers, but {shown}\n{}",
                String::from_utf8_lossy(bytes)
            );
        });
    });
}

fn text(output: &playground::Output) -> String {
    match output {
        playground::Output::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    }
}

/// Each has an answer that is no internal error, and the API goes on.
#[test]
fn requests() {
    on_a_main_threads_stack(|| {
        let mut world = world(1);
        corpus("requests", &mut |name, bytes| {
            let Some(request) = request(&String::from_utf8_lossy(bytes)) else { return };
            if let Answer::Json { code, value, .. } = world.answer(&request) {
                assert!((200..500).contains(&code), "{name}: {code} {value}");
                assert!(value.to_string().len() <= LARGEST, "{name}: a large answer");
            }
            let until = world.now() + Duration::from_millis(200);
            world.advance(until, 20_000);
            let health = world.answer(&Request::get("/version"));
            assert!(matches!(health, Answer::Json { code: 200, .. }), "{name}: it does not answer any more");
        });
    });
}

/// `None` for what is no request or has no JSON.
fn request(text: &str) -> Option<Request> {
    let (first, body) = text.split_once('\n')?;
    let (method, address) = first.split_once(' ')?;
    let (method, patch) = match method {
        "GET" => (Method::Get, None),
        "POST" => (Method::Post, None),
        "PUT" => (Method::Put, None),
        "DELETE" => (Method::Delete, None),
        "PATCH:Json" => (Method::Patch, Some(PatchType::Json)),
        "PATCH:Merge" => (Method::Patch, Some(PatchType::Merge)),
        "PATCH:Strategic" => (Method::Patch, Some(PatchType::Strategic)),
        "PATCH:Apply" => (Method::Patch, Some(PatchType::Apply)),
        _ => return None,
    };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let mut request = Request::new(method, path);
    request.patch = patch;
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        request = request.with_query(name, value);
    }
    request.body = if body.is_empty() { Value::Null } else { serde_json::from_str(body).ok()? };
    Some(request)
}

/// Each is refused with the name of what is wrong, or read; and what was read is kept as it is.
#[test]
fn sessions() {
    on_a_main_threads_stack(|| {
        corpus("sessions", &mut |name, bytes| {
            let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return };
            match Session::from_json(&value) {
                Ok(session) => assert_eq!(Session::from_json(&session.to_json()), Ok(session), "{name}"),
                Err(error) => assert!(!error.to_string().is_empty(), "{name}: no words"),
            }
        });
    });
}
