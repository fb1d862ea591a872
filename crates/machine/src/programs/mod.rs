//! The programs people type, one a file: each behaves as the real one, and what it prints is worked out from the
//! simulated machine. The shell and its builtins are not here.

mod cat;
mod chmod;
mod chown;
mod copy;
mod cut;
mod date;
mod echo;
mod grep;
mod head;
mod input;
mod listing;
mod ln;
mod ls;
mod mkdir;
mod options;
mod pattern;
mod prelude;
pub(crate) mod printf;
mod rm;
mod rmdir;
mod sed;
mod sed_script;
mod small;
mod sort;
mod tail;
mod touch;
mod tr;
mod uniq;
mod wc;
mod words;

use crate::Program;

/// Every program that an executable file of an image can stand for.
pub fn all() -> Vec<Program> {
    vec![
        Program::command("cat", cat::run),
        Program::command("chmod", chmod::run),
        Program::command("chown", chown::run),
        Program::command("cp", copy::run),
        Program::command("mv", copy::run),
        Program::command("cut", cut::run),
        Program::command("date", date::run),
        Program::command("echo", echo::run),
        Program::command("printf", printf::run),
        Program::command("grep", grep::run),
        Program::command("head", head::run),
        Program::command("tail", tail::run),
        Program::command("ln", ln::run),
        Program::command("ls", ls::run),
        Program::command("mkdir", mkdir::run),
        Program::command("rm", rm::run),
        Program::command("rmdir", rmdir::run),
        Program::command("sed", sed::run),
        Program::command("sort", sort::run),
        Program::command("touch", touch::run),
        Program::command("tr", tr::run),
        Program::command("uniq", uniq::run),
        Program::command("wc", wc::run),
        Program::command("true", small::r#true),
        Program::command("false", small::r#false),
        Program::command("yes", small::yes),
        Program::command("sleep", small::sleep),
        Program::command("seq", small::seq),
        Program::command("basename", small::basename),
        Program::command("dirname", small::dirname),
        Program::command("tee", small::tee),
        Program::command("rev", small::rev),
        Program::command("tac", small::tac),
        Program::command("nl", small::nl),
        Program::command("clear", small::clear),
        Program::command("realpath", small::realpath),
        Program::command("mktemp", small::mktemp),
        Program::command("nproc", small::nproc),
        Program::command("tty", small::tty),
        Program::command("truncate", small::truncate),
    ]
}
