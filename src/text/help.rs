//! What to do about a manifest that is wrong.

use lesson::Lang;
use manifest::Help;

/// The advice in the person's language.
pub fn advice(help: &Help, lang: Lang) -> String {
    if lang == Lang::En {
        let mut letters = help.text.chars();
        return letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    }
    let of = |name: &str| help.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value.as_str());
    match help.code {
        "stray-command" => {
            let line = if of("line").is_empty() { of("command") } else { of("line") };
            format!("`{}` 줄은 명령이지 manifest의 내용이 아닙니다. 이 줄을 지우세요.", line.trim())
        }
        "tab-indent" => "YAML은 탭이 아니라 공백으로 들여 씁니다. 여기에 탭이 있습니다.".to_owned(),
        "check-indent" => "이 줄과 앞뒤 줄의 들여쓰기를 비교해 보세요. key 뒤에는 콜론(:)이 옵니다.".to_owned(),
        "close-quote" => "여기서 연 따옴표가 닫히지 않았습니다.".to_owned(),
        "quote-value" => "이 줄을 너무 들여 썼거나, \": \"가 든 값에 따옴표가 필요합니다.".to_owned(),
        "did-you-mean" => format!("혹시 `{}`인가요?", help.fix.as_deref().unwrap_or_default()),
        "indent-less" => match of("place") {
            "the top level" => format!("`{}` 필드는 맨 바깥에 옵니다. 들여 쓰지 마세요.", of("field")),
            place => format!("`{}` 필드는 `{place}`에 속합니다. 덜 들여 쓰세요.", of("field")),
        },
        "indent-more" => format!("`{}` 필드는 `{}` 아래에 옵니다. 더 들여 쓰세요.", of("field"), of("place")),
        "use-version" => format!("이렇게 쓰세요: `apiVersion: {}`", help.fix.as_deref().unwrap_or_default()),
        _ => help.text.clone(),
    }
}
