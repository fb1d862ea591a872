//! Every word the page says, in one place per language. Kubernetes' own words stay English in both.

pub mod change;
mod en;
pub mod explain;
pub mod help;
mod ko;
pub mod opening;
pub mod step;
pub mod trouble;
pub mod why;
pub mod wrap;

use lesson::Lang;

/// The texts of a language.
pub fn texts(lang: Lang) -> &'static Texts {
    match lang {
        Lang::Ko => &ko::TEXTS,
        Lang::En => &en::TEXTS,
    }
}

/// A shortcut and what it does.
pub type Shortcut = (&'static str, &'static str);

/// The page's texts in one language.
#[allow(missing_docs, reason = "a text's name says where it stands")]
pub struct Texts {
    pub lang: Lang,
    pub lang_name: &'static str,
    pub close: &'static str,
    pub cancel: &'static str,
    pub copy: &'static str,
    pub copied: &'static str,
    pub copy_failed: &'static str,
    pub run: &'static str,
    pub dismiss: &'static str,
    pub skip_to_terminal: &'static str,

    // Header
    pub lesson: &'static str,
    pub no_lesson: &'static str,
    pub open_lesson: &'static str,
    pub choose_lesson: &'static str,
    pub speed: &'static str,
    pub pause: &'static str,
    pub step: &'static str,
    pub step_help: &'static str,
    pub clock: &'static str,
    pub skip_wait: &'static str,
    pub undo: &'static str,
    pub redo: &'static str,
    pub reset: &'static str,
    pub share: &'static str,
    pub projector: &'static str,
    pub language: &'static str,
    pub to_dark: &'static str,
    pub to_light: &'static str,
    pub shortcuts: &'static str,

    // Notices
    pub ignored: fn(&str) -> String,
    pub forgets: &'static str,

    // Places
    pub place_lesson: &'static str,
    pub place_picture: &'static str,
    pub place_terminal: &'static str,
    pub place_editor: &'static str,

    // Lesson
    pub step_of: fn(usize, usize) -> String,
    pub on_node: &'static str,
    pub on_pod: fn(&str) -> String,
    pub predict: &'static str,
    pub predict_first: &'static str,
    pub right: &'static str,
    pub wrong: &'static str,
    pub question: &'static str,
    pub not_right: &'static str,
    pub happened: &'static str,
    pub waiting_for: &'static str,
    pub goals: &'static str,
    pub goal_reached: &'static str,
    pub goal_open: &'static str,
    pub hint: &'static str,
    pub next_hint: &'static str,
    pub show_solution: &'static str,
    pub solution: &'static str,
    pub back: &'static str,
    pub next: &'static str,
    pub step_done: &'static str,
    pub lesson_done: &'static str,
    pub next_lesson: &'static str,
    pub again: &'static str,
    pub close_lesson: &'static str,
    pub nothing_to_fill_in: &'static str,

    // Picture
    pub picture: &'static str,
    pub outside: &'static str,
    pub my_computer: &'static str,
    pub no_ip: &'static str,
    pub new_pod: &'static str,
    pub old_ip: &'static str,
    pub empty: &'static str,
    pub empty_next: &'static str,
    pub table: &'static str,
    pub and_more: fn(usize) -> String,
    pub nobody_answers: fn(&str) -> String,
    pub internet: &'static str,
    pub nothing_listens: fn(u16) -> String,
    pub no_endpoints: &'static str,
    /// The NetworkPolicies that stop a packet.
    pub filtered: fn(&str) -> String,
    pub no_route: &'static str,
    pub route: &'static str,
    pub earlier_route: &'static str,
    pub hide_route: &'static str,
    pub show_route: &'static str,
    pub answered: &'static str,
    pub ago: fn(u64) -> String,
    pub service_no_match: fn(&str) -> String,
    pub service_none_ready: &'static str,
    pub service_without_selector: &'static str,
    pub ingress_idle: &'static str,
    pub missing: &'static str,
    pub more_files: fn(usize) -> String,
    pub restarted: fn(i64) -> String,
    pub pods_fail: fn(usize) -> String,
    pub pods_start: fn(usize) -> String,
    pub waits_for: fn(&str) -> String,
    pub completions: fn(i64, i64) -> String,
    pub jobs_succeeded: fn(i64, i64) -> String,
    pub choose_square: &'static str,

    // Timeline
    pub timeline: &'static str,
    pub timeline_help: &'static str,
    pub in_the_past: &'static str,
    pub to_the_end: &'static str,
    pub timeline_slider: &'static str,
    pub no_lives: &'static str,
    pub deleted: &'static str,
    pub go_there: fn(&str) -> String,
    pub file: &'static str,
    pub in_a_volume: &'static str,
    pub in_a_container: &'static str,
    pub ended: &'static str,

    // Terminal
    pub terminal: &'static str,
    pub new_terminal: &'static str,
    pub close_terminal: &'static str,
    pub leave: &'static str,
    pub loading_terminal: &'static str,
    pub command_runs: &'static str,
    pub keys: &'static str,

    // Editor
    pub editor: &'static str,
    pub files: &'static str,
    pub new_file: &'static str,
    pub new_file_name: &'static str,
    pub create: &'static str,
    pub file_menu: &'static str,
    pub close_file: &'static str,
    pub rename_file: &'static str,
    pub rename: &'static str,
    pub delete_file: &'static str,
    pub no_file_name: &'static str,
    pub name_is_taken: &'static str,
    pub unapplied: &'static str,
    pub apply: &'static str,
    pub diff: &'static str,
    pub line: fn(usize) -> String,
    pub no_file: &'static str,
    pub loading_editor: &'static str,
    pub fix: &'static str,
    pub problems: &'static str,

    // Inspector
    pub inspector: &'static str,
    pub nothing_selected: &'static str,
    pub why: &'static str,
    pub summary: &'static str,
    pub yaml: &'static str,
    pub events: &'static str,
    pub pod_files: &'static str,
    pub gone: &'static str,
    pub no_events: &'static str,
    pub no_files: &'static str,
    pub lost_with_container: &'static str,
    pub lost_with_pod: &'static str,
    pub kept_in_volume: &'static str,
    pub kept_on_node: &'static str,
    pub open_shell: &'static str,
    pub delete: &'static str,
    pub describe: &'static str,
    pub logs: &'static str,
    pub fields: Fields,

    // Dialogs
    pub reset_title: &'static str,
    pub reset_text: &'static str,
    pub reset_do: &'static str,
    pub was_reset: &'static str,
    pub share_title: &'static str,
    pub share_text: &'static str,
    pub copy_link: &'static str,
    pub for_notes: &'static str,
    pub copy_frame: &'static str,
    pub copy_element: &'static str,
    pub copy_markdown: &'static str,
    pub open_here: &'static str,
    pub session_text: &'static str,
    pub copy_session: &'static str,
    pub download_session: &'static str,
    pub for_cluster: &'static str,
    pub download_script: &'static str,
    pub download_manifests: &'static str,
    /// The first line of a file of manifests, a comment; and of one without any.
    pub manifests_head: &'static str,
    pub no_manifests: &'static str,
    pub open_session: &'static str,
    pub no_session: &'static str,
    pub shortcuts_title: &'static str,
    pub licenses: &'static str,
    pub shortcut_list: &'static [Shortcut],
    pub screen_reader: &'static str,

    // Sizes, the step as a line, the presenter's window, steps of time
    pub size_of: fn(&str) -> String,
    pub size_help: &'static str,
    pub smaller: &'static str,
    pub larger: &'static str,
    pub maximise: fn(&str) -> String,
    pub restore: &'static str,
    pub this_step: &'static str,
    pub full_page: &'static str,
    pub presenter: &'static str,
    pub no_window: &'static str,
    pub notes: &'static str,
    pub next_step: &'static str,
    pub at_rest: &'static str,
    pub picture_changed: &'static str,
    // Nothing is lost
    pub emptied: &'static str,
    pub save_empty: &'static str,
    pub vi_unknown: &'static str,
    pub command_changed: &'static str,
    pub kept_full: &'static str,
    pub kept_lost: &'static str,
    pub kept_own: &'static str,
    pub kept_aside: &'static str,
    pub kept_unread: fn(&str) -> String,
    pub kept_resumed: &'static str,
    pub used_cluster: &'static str,
    pub fresh_cluster: &'static str,
    pub go_on_own: &'static str,
    pub take_over: &'static str,
    pub open_aside: &'static str,
    pub asides: &'static str,
    pub begin_again: &'static str,
    pub score: fn(usize, usize) -> String,
    pub play_on: &'static str,
}

/// The inspector's names of facts.
#[allow(missing_docs, reason = "a text's name says where it stands")]
pub struct Fields {
    pub status: &'static str,
    pub address: &'static str,
    pub node: &'static str,
    pub owner: &'static str,
    pub image: &'static str,
    pub labels: &'static str,
    pub restarts: &'static str,
    pub kind: &'static str,
    pub ports: &'static str,
    pub selector: &'static str,
    pub endpoints: &'static str,
    pub size: &'static str,
    pub volume: &'static str,
    pub claim: &'static str,
    pub class: &'static str,
    pub access: &'static str,
    pub path: &'static str,
    pub age: &'static str,
    pub replicas: &'static str,
    pub schedule: &'static str,
    pub keys: &'static str,
}
