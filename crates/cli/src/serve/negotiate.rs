//! What a client accepts, read off its `Accept` header.
//!
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources>

/// The form of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The objects as JSON.
    Plain,
    /// A `meta.k8s.io/v1 Table`.
    Table,
    /// Only the metadata: `PartialObjectMetadata` and its list.
    Metadata,
    /// Aggregated discovery.
    Discovery,
}

/// The first form of the header that is offered; `None` when none is. No header accepts everything.
pub fn form(accept: Option<&str>) -> Option<Form> {
    let Some(accept) = accept.filter(|text| !text.trim().is_empty()) else { return Some(Form::Plain) };
    accept.split(',').find_map(|media| {
        let mut parts = media.split(';').map(str::trim);
        if !matches!(parts.next(), Some("application/json" | "application/*" | "*/*" | "text/plain" | "text/*")) {
            return None;
        }
        let parameter = |name: &str| {
            let mut parameters = media.split(';').map(str::trim).filter_map(|part| part.split_once('='));
            parameters.find_map(|(key, value)| (key == name).then_some(value))
        };
        match (parameter("as"), parameter("g"), parameter("v")) {
            (None, ..) => Some(Form::Plain),
            (Some("Table"), Some("meta.k8s.io"), Some("v1")) => Some(Form::Table),
            (Some("PartialObjectMetadata" | "PartialObjectMetadataList"), Some("meta.k8s.io"), Some("v1")) => {
                Some(Form::Metadata)
            }
            (Some("APIGroupDiscoveryList"), Some("apidiscovery.k8s.io"), Some("v2")) => Some(Form::Discovery),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_is_offered_wins() {
        for (accept, expected) in [
            ("", Some(Form::Plain)),
            ("application/vnd.kubernetes.protobuf,application/json", Some(Form::Plain)),
            ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", Some(Form::Table)),
            ("application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json", Some(Form::Plain)),
            ("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", Some(Form::Discovery)),
            ("application/json, */*", Some(Form::Plain)),
            ("application/com.github.proto-openapi.spec.v2@v1.0+protobuf", None),
            ("application/vnd.kubernetes.protobuf", None),
        ] {
            assert_eq!(form(Some(accept)), expected, "{accept}");
        }
        assert_eq!(form(None), Some(Form::Plain));
    }
}
