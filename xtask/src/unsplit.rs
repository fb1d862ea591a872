//! `target/page/`: the files of the page before its wasm is split, with the names of its functions.
//!
//! index.html says what belongs to it, in the links that Trunk reads too, so that `trunk build` makes a page of the same files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::page::Tools;
use crate::shell::{self, Failure, Outcome, because};

/// The folder.
pub const FOLDER: &str = "target/page";
/// wasm-bindgen's script, without its ending; the wasm of it is called `APP_bg.wasm`.
pub const APP: &str = "kube-playground-app";
/// What the start of the wasm is told to.
pub const LOADER: &str = "loader";
/// The wasm as the linker wrote it, which says where its data is; a copy of the last one that was built.
pub const LINKED: &str = "target/page-linked.wasm";

/// Builds the folder anew.
pub fn build(tools: &Tools) -> Outcome<()> {
    let _ = fs::remove_dir_all(FOLDER);
    fs::create_dir_all(FOLDER).map_err(because(FOLDER))?;
    let page = fs::read_to_string("index.html").map_err(because("index.html"))?;
    let mut bundle = Command::new("node");
    bundle.arg("www/bundle.mjs");
    shell::step("TypeScript and CSS", bundle)?;
    shell::step("the page: Rust to wasm (1 to 4 minutes)", compile(tools)?)?;
    let compiled = shell::target().join("wasm32-unknown-unknown/wasm").join(format!("{APP}.wasm"));
    fs::copy(&compiled, LINKED).map_err(because(compiled.display()))?;
    shell::step("wasm-bindgen", bind(tools))?;
    shell::step("wasm-opt (1 to 2 minutes)", optimise(tools, &page)?)?;
    for link in links(&page, "copy-file") {
        copy(Path::new(attribute(link, "href").unwrap_or_default()), None)?;
    }
    copy(Path::new(rust(&page, "data-initializer")?), Some(&format!("{LOADER}.js")))?;
    copy(Path::new("index.html"), None)
}

/// The wasm before it is split.
pub fn wasm() -> PathBuf {
    Path::new(FOLDER).join(format!("{APP}_bg.wasm"))
}

/// index.html without the links that only a build reads.
pub fn without_links(page: &str) -> String {
    let read_by_build = |line: &&str| !line.trim_start().starts_with(LINK);
    page.lines().filter(read_by_build).flat_map(|line| [line, "\n"]).collect()
}

fn compile(tools: &Tools) -> Outcome<Command> {
    let mut command = shell::cargo(&["build", "--locked", "--profile", "wasm", "--target", "wasm32-unknown-unknown"]);
    command.args(["--manifest-path", "src/Cargo.toml", "--bin", APP]);
    tools.compile(&mut command)?;
    Ok(command)
}

fn bind(tools: &Tools) -> Command {
    let mut command = Command::new(tools.wasm_bindgen.join("wasm-bindgen"));
    command
        .args(["--target=web", "--no-typescript"])
        .arg(format!("--out-dir={FOLDER}"))
        .arg(format!("--out-name={APP}"));
    command.arg(LINKED);
    command
}

fn optimise(tools: &Tools, page: &str) -> Outcome<Command> {
    let (wasm, level) = (wasm(), rust(page, "data-wasm-opt")?);
    let mut command = Command::new(tools.npm.join("wasm-opt"));
    command.arg(format!("-O{level}")).arg(&wasm).arg("-o").arg(&wasm);
    command.args(rust(page, "data-wasm-opt-params")?.split(' '));
    Ok(command)
}

/// Copies a file into the folder, under its own name unless another is given.
fn copy(file: &Path, name: Option<&str>) -> Outcome<()> {
    let own = file.file_name().unwrap_or_default();
    let to = Path::new(FOLDER).join(name.map_or(own, std::ffi::OsStr::new));
    fs::copy(file, to).map(drop).map_err(because(file.display()))
}

/// What a link for a build begins with.
const LINK: &str = "<link data-trunk ";

/// The links for a build of a kind.
fn links<'a>(page: &'a str, rel: &str) -> impl Iterator<Item = &'a str> {
    page.lines().map(str::trim).filter(move |line| line.starts_with(&format!("{LINK}rel=\"{rel}\"")))
}

/// An attribute of the link that names the Rust program.
fn rust<'a>(page: &'a str, name: &str) -> Outcome<&'a str> {
    let found = links(page, "rust").next().and_then(|link| attribute(link, name));
    found.ok_or_else(|| Failure(format!("index.html's link to the Rust program has no {name}")))
}

fn attribute<'a>(link: &'a str, name: &str) -> Option<&'a str> {
    Some(link.split_once(&format!(" {name}=\""))?.1.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::{attribute, links, without_links};

    const PAGE: &str = "\
<head>
  <link rel=\"icon\" href=\"icon.svg\" />
  <link data-trunk rel=\"copy-file\" href=\"www/a.svg\" />
  <link data-trunk rel=\"rust\" href=\"src/Cargo.toml\" data-wasm-opt=\"z\" />
</head>
";

    #[test]
    fn links_for_a_build_are_read_and_left_out() {
        let hrefs = |rel| links(PAGE, rel).filter_map(|link| attribute(link, "href")).collect::<Vec<_>>();
        assert_eq!(
            (hrefs("copy-file"), hrefs("rust"), hrefs("icon")),
            (vec!["www/a.svg"], vec!["src/Cargo.toml"], vec![])
        );
        assert_eq!(links(PAGE, "rust").next().and_then(|link| attribute(link, "data-wasm-opt")), Some("z"));
        assert_eq!(without_links(PAGE), "<head>\n  <link rel=\"icon\" href=\"icon.svg\" />\n</head>\n");
    }
}
