//! What a client accepts, read off its `Accept` header.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources>

/// The form of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The objects themselves.
    Plain,
    /// A `meta.k8s.io/v1 Table`.
    Table,
    /// Only the metadata: `PartialObjectMetadata` and its list.
    Metadata,
    /// Aggregated discovery.
    Discovery,
}

/// What an answer is written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Media {
    /// `application/json`
    Json,
    /// `application/yaml`
    Yaml,
    /// `application/vnd.kubernetes.protobuf`
    Protobuf,
}

/// In the order in which a client that takes anything gets them.
const OFFERED: [(Media, &str); 3] = [
    (Media::Json, "application/json"),
    (Media::Yaml, "application/yaml"),
    (Media::Protobuf, "application/vnd.kubernetes.protobuf"),
];

impl Media {
    /// Whether there is such a form; objects have a protobuf when they are built in.
    fn can_be(self, form: Form, built_in: bool) -> bool {
        match (self, form) {
            (Media::Json, _) => true,
            (Media::Yaml, form) => form != Form::Discovery,
            (Media::Protobuf, Form::Plain) => built_in,
            (Media::Protobuf, form) => form == Form::Metadata,
        }
    }
}

/// What the client likes best of what is offered; `None` when it takes nothing of it. No header accepts everything.
pub fn accepted(accept: Option<&str>, built_in: bool) -> Option<(Form, Media)> {
    let Some(accept) = accept.filter(|text| !text.trim().is_empty()) else { return Some((Form::Plain, Media::Json)) };
    let quality = |media: &str| parameter(media, "q").and_then(|text| text.parse::<f64>().ok()).unwrap_or(1.0);
    let mut clauses: Vec<&str> = accept.split(',').collect();
    clauses.sort_by(|a, b| quality(b).total_cmp(&quality(a)));
    clauses.into_iter().find_map(|clause| {
        let wanted = clause.split(';').next().unwrap_or_default().trim();
        let form = match (parameter(clause, "as"), parameter(clause, "g"), parameter(clause, "v")) {
            (None, ..) => Form::Plain,
            (Some("Table"), Some("meta.k8s.io"), Some("v1")) => Form::Table,
            (Some("PartialObjectMetadata" | "PartialObjectMetadataList"), Some("meta.k8s.io"), Some("v1")) => {
                Form::Metadata
            }
            (Some("APIGroupDiscoveryList"), Some("apidiscovery.k8s.io"), Some("v2")) => Form::Discovery,
            _ => return None,
        };
        // A log is text.
        let any = matches!(wanted, "*/*" | "application/*" | "text/plain" | "text/*");
        let found = OFFERED.iter().find(|(media, name)| (any || *name == wanted) && media.can_be(form, built_in));
        found.map(|(media, _)| (form, *media))
    })
}

fn parameter<'a>(media: &'a str, name: &str) -> Option<&'a str> {
    let mut parameters = media.split(';').skip(1).filter_map(|part| part.trim().split_once('='));
    parameters.find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_is_offered_wins() {
        const METADATA: &str = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        let json = |form| Some((form, Media::Json));
        for (accept, expected, custom) in [
            ("", json(Form::Plain), json(Form::Plain)),
            ("application/json, */*", json(Form::Plain), json(Form::Plain)),
            ("*/*", json(Form::Plain), json(Form::Plain)),
            ("application/yaml", Some((Form::Plain, Media::Yaml)), Some((Form::Plain, Media::Yaml))),
            (
                "application/vnd.kubernetes.protobuf,application/json",
                Some((Form::Plain, Media::Protobuf)),
                json(Form::Plain),
            ),
            ("application/vnd.kubernetes.protobuf;q=0.5, application/json", json(Form::Plain), json(Form::Plain)),
            ("application/vnd.kubernetes.protobuf", Some((Form::Plain, Media::Protobuf)), None),
            (METADATA, Some((Form::Metadata, Media::Protobuf)), Some((Form::Metadata, Media::Protobuf))),
            ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", json(Form::Table), json(Form::Table)),
            ("application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io", None, None),
            (
                "application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json",
                json(Form::Plain),
                json(Form::Plain),
            ),
            (
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
                json(Form::Discovery),
                json(Form::Discovery),
            ),
            ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", None, None),
        ] {
            assert_eq!(accepted(Some(accept), true), expected, "{accept}");
            assert_eq!(accepted(Some(accept), false), custom, "{accept}");
        }
        assert_eq!(accepted(None, true), json(Form::Plain));
    }
}
