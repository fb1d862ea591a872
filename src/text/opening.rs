//! The words about lessons from elsewhere.

use lesson::Lang;

/// The texts of the dialog that opens a lesson, and of a step that is checked by a script.
#[allow(missing_docs, reason = "a text's name says where it stands")]
pub struct Opening {
    pub title: &'static str,
    pub what: &'static str,
    pub address: &'static str,
    pub fetch: &'static str,
    pub ask: fn(&str) -> String,
    pub held: &'static str,
    pub from_here: &'static str,
    pub zip: &'static str,
    pub folder: &'static str,
    pub fetching: &'static str,
    pub steps: fn(usize) -> String,
    pub missing: &'static str,
    pub begin: &'static str,
    pub set_aside: &'static str,
    pub is_none: fn(&str) -> String,
    pub course: &'static str,
    pub challenges: &'static str,
    pub practice: &'static str,
    pub practice_new: &'static str,
    pub check: &'static str,
    pub check_waits: &'static str,
    pub open_file: fn(&str) -> String,
    pub link_fetches: fn(&str) -> String,
    pub link_lacks: &'static str,
    pub no_address: &'static str,
}

/// The texts in a language.
pub fn texts(lang: Lang) -> &'static Opening {
    match lang {
        Lang::Ko => &KO,
        Lang::En => &EN,
    }
}

/// Why a folder did not come, by the word of `www/lessons/folder.ts`.
pub fn why(word: &str, lang: Lang) -> &'static str {
    let ko = lang == Lang::Ko;
    match word {
        "address" if ko => {
            "이 주소는 읽을 수 없습니다. GitHub 폴더 주소, gist 주소, 이 사이트의 zip 파일 주소를 적어 주세요."
        }
        "address" => "This is no address of a GitHub folder, a gist, or a zip on this site.",
        "missing" if ko => "그 주소에 아무것도 없습니다. 저장소가 비공개이거나 폴더 이름이 다를 수 있습니다.",
        "missing" => "There is nothing at that address. The repository may be private, or the folder has another name.",
        "busy" if ko => {
            "GitHub가 지금은 답하지 않습니다. 로그인하지 않은 요청은 한 시간에 60번까지만 받습니다. 나중에 다시 하거나 zip 파일로 여세요."
        }
        "busy" => {
            "GitHub does not answer now: it takes 60 requests an hour from people who are not signed in. Try later, or open a zip."
        }
        "large" if ko => "폴더가 너무 큽니다. 파일 300개, 4 MB까지 열 수 있습니다.",
        "large" => "The folder is too large: 300 files and 4 MB are the most.",
        "zip" if ko => "zip 파일이 아니거나 손상되었습니다.",
        "zip" => "This is no zip file, or it is damaged.",
        "damaged" if ko => "링크에 담긴 강의를 읽을 수 없습니다. 링크가 중간에 잘렸을 수 있습니다.",
        "damaged" => "The lesson in this link cannot be read. Perhaps the link was cut off.",
        "newer" if ko => "이 페이지보다 새로운 버전에서 만든 링크입니다. 페이지를 새로고침한 뒤 다시 열어 보세요.",
        "newer" => "A newer version of this page made this link. Reload the page, then open the link again.",
        _ if ko => "가져오지 못했습니다. 네트워크를 확인하고 다시 해 보세요.",
        _ => "It did not come. Please check the network and try again.",
    }
}

static EN: Opening = Opening {
    title: "Open another lesson",
    what: "A lesson is a folder written for this playground (lesson.yaml), a Killercoda scenario (index.json), or a page of notes in \
           Markdown. Nothing in it can run outside of the simulated cluster.",
    address: "Its address on GitHub",
    fetch: "Fetch",
    ask: |source| {
        format!("This link opens a lesson that somebody else wrote: {source}. Your browser fetches it from GitHub.")
    },
    held: "This link holds a lesson that somebody wrote. It runs in this page's simulation, and nowhere else.",
    from_here: "Or from this computer (or drop it here):",
    zip: "Zip file…",
    folder: "Folder…",
    fetching: "Fetching…",
    steps: |steps| if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") },
    missing: "It uses programs that are not simulated here:",
    begin: "Start this lesson",
    set_aside: "It begins in a cluster of its own. What you have done so far is set aside, and can be opened again under Share.",
    is_none: |why| format!("This folder is no lesson: {why}"),
    course: "Or take the course, from Pods to RBAC:",
    challenges: "Or mend something that is broken:",
    practice: "Or practise for ever, on an app that nobody has seen yet:",
    practice_new: "A new challenge",
    check: "Check",
    check_waits: "A command still runs. Wait until it has ended (or press Ctrl-C), then check again.",
    open_file: |name| format!("Open {name} in the editor"),
    link_fetches: |source| {
        format!("Whoever opens the link is asked, and then fetches this lesson from where you have it: {source}.")
    },
    link_lacks: "This lesson came from files of your computer and is too large for a link: the link will hold what you did, and not the \
                 lesson. Whoever opens it needs the lesson's folder as well.",
    no_address: "This lesson came from files of your computer and is too large for an address. Give its folder away as it is, or put \
                 it on GitHub and open it from there.",
};

static KO: Opening = Opening {
    title: "다른 강의 열기",
    what: "이 플레이그라운드용 강의 폴더(lesson.yaml), Killercoda 시나리오(index.json), Markdown으로 쓴 글을 열 수 있습니다. 강의에 든 \
           것은 시뮬레이션된 클러스터 밖에서는 아무것도 실행하지 못합니다.",
    address: "GitHub 주소",
    fetch: "가져오기",
    ask: |source| format!("이 링크는 다른 사람이 쓴 강의를 엽니다: {source}. 브라우저가 GitHub에서 가져옵니다."),
    held: "이 링크에는 누군가 쓴 강의가 담겨 있습니다. 이 페이지 안의 시뮬레이션에서만 실행됩니다.",
    from_here: "이 컴퓨터에서 열기(끌어다 놓아도 됩니다):",
    zip: "zip 파일…",
    folder: "폴더…",
    fetching: "가져오는 중…",
    steps: |steps| format!("{steps}단계"),
    missing: "여기서 시뮬레이션하지 않는 프로그램을 씁니다:",
    begin: "이 강의 시작하기",
    set_aside: "새 클러스터에서 시작합니다. 지금까지 한 일은 따로 보관되고, ‘공유’에서 다시 열 수 있습니다.",
    is_none: |why| format!("이 폴더는 강의가 아닙니다: {why}"),
    course: "차례로 배우기, Pod부터 RBAC까지:",
    challenges: "고장 난 것을 고쳐 보기:",
    practice: "끝없이 연습하기, 매번 새로운 앱이 고장 나 있습니다:",
    practice_new: "새 문제 풀기",
    check: "확인",
    check_waits: "아직 실행 중인 명령이 있습니다. 끝난 뒤에(또는 Ctrl-C를 누른 뒤에) 다시 확인해 주세요.",
    open_file: |name| format!("{name} 파일을 편집기에서 열기"),
    link_fetches: |source| {
        format!("링크를 연 사람에게 먼저 물어본 뒤, 이 강의를 원래 있던 곳에서 가져옵니다: {source}.")
    },
    link_lacks: "이 강의는 내 컴퓨터의 파일에서 열었고 링크에 담기에는 너무 큽니다. 링크에는 한 일만 담기고 강의는 빠집니다. 링크를 열 \
                 사람에게 강의 폴더를 따로 보내 주세요.",
    no_address: "이 강의는 내 컴퓨터의 파일에서 열었고 주소에 담기에는 너무 큽니다. 폴더를 그대로 보내거나, GitHub에 올린 뒤 그 \
                 주소로 열어 공유해 주세요.",
};
