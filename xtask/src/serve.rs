//! `cargo xtask serve`: builds the page and serves `dist/` on localhost.
#![expect(clippy::disallowed_methods, reason = "a thread for each connection")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::page;
use crate::shell::{self, Failure, Outcome, because};

/// Options: `--port N`, `--no-open`, `--watch`.
pub fn run(mut words: &[&str]) -> Outcome<()> {
    let (mut port, mut open, mut watch) = (8080, true, false);
    loop {
        match words {
            [] => break,
            ["--port", number, rest @ ..] => {
                port = number.parse().map_err(because(format!("--port {number}")))?;
                words = rest;
            }
            ["--no-open", rest @ ..] => (open, words) = (false, rest),
            ["--watch", rest @ ..] => (watch, words) = (true, rest),
            [unknown, ..] => return Err(Failure(format!("serve: unknown option {unknown:?}"))),
        }
    }
    if watch {
        return trunk_serve(port, open);
    }
    page::build()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(because(format!("port {port} of localhost cannot be had (try --port {})", port.wrapping_add(1))))?;
    let url = format!("http://localhost:{}/", listener.local_addr().map_err(because("listener"))?.port());
    println!("The playground is at {url} (Ctrl-C ends this)");
    if open {
        open_browser(&url);
    }
    for connection in listener.incoming().flatten() {
        std::thread::spawn(move || answer(&connection));
    }
    Ok(())
}

fn trunk_serve(port: u16, open: bool) -> Outcome<()> {
    let port = port.to_string();
    // Not dist/: this page also waits for word of the next build.
    let mut command = page::tools()?.trunk(&["serve", "--release", "--dist", "target/watch", "--port", &port])?;
    if open && has_display() {
        command.arg("--open");
    }
    let status = command.status().map_err(because("trunk"))?;
    if status.success() { Ok(()) } else { Err(Failure("trunk serve ended".into())) }
}

fn has_display() -> bool {
    !cfg!(target_os = "linux") || std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some()
}

fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if has_display() && shell::which(program).is_some() {
        let _ = Command::new(program).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    }
}

/// One request, one file; HTTP/1.1 GET and HEAD only.
fn answer(connection: &TcpStream) -> Option<()> {
    let mut reader = BufReader::new(connection);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut header = String::from("-");
    while !header.trim().is_empty() {
        header.clear();
        reader.read_line(&mut header).ok()?;
    }
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?, words.next()?);
    let found = file_of(path).and_then(|file| Some((content_type(&file), fs::read(&file).ok()?)));
    let (status, kind, body) = match found {
        _ if method != "GET" && method != "HEAD" => ("405 Method Not Allowed", "text/plain", b"only GET\n".to_vec()),
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", b"not found\n".to_vec()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n"
    );
    let mut writer = connection;
    writer.write_all(head.as_bytes()).ok()?;
    if method == "GET" {
        writer.write_all(&body).ok()?;
    }
    Some(())
}

/// The file a URL's path names; `None` for what leaves `dist/`.
fn file_of(path: &str) -> Option<PathBuf> {
    let path = path.split(['?', '#']).next()?;
    let mut file = Path::new("dist").to_path_buf();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part.starts_with('.') || part.contains(['\\', ':', '%']) {
            return None;
        }
        file.push(part);
    }
    Some(if file.is_dir() { file.join("index.html") } else { file })
}

fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::file_of;
    use std::path::Path;

    #[test]
    fn only_files_of_dist_are_served() {
        for (path, file) in [
            ("/", Some("dist")),
            ("/app.js?lang=ko", Some("dist/app.js")),
            ("//app.js", Some("dist/app.js")),
            ("/../Cargo.toml", None),
            ("/a/../../Cargo.toml", None),
            ("/%2e%2e/Cargo.toml", None),
            ("/.stage/index.html", None),
        ] {
            let served =
                file_of(path).map(|found| if found.ends_with("index.html") { found.with_file_name("") } else { found });
            assert_eq!(served.as_deref(), file.map(Path::new), "{path}");
        }
    }
}
