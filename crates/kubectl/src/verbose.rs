//! What kubectl logs of its own doing with `-v`: its kubeconfig, its requests and the server's answers.
//!
//! Follows client-go's transport/round_trippers.go, rest/request.go and features/envvar.go. The log's lines name kubectl's source.

use api::{Body, Method, PatchType, Request, Response, go_json, phrase};

use crate::dry_run::log;
use crate::duration::rfc1123;
use crate::session::Session;

/// From which `-v` on what is logged.
const FEATURES: i64 = 1;
const URLS: i64 = 6;
const HEADERS: i64 = 7;
const BODIES: i64 = 8;
const AS_CURL: i64 = 9;

/// client-go's feature gates that are on and off in a kubectl 1.36.
const GATES: &[(&str, bool)] = &[
    ("AtomicFIFO", true),
    ("ClientsAllowCARotation", true),
    ("ClientsAllowCBOR", false),
    ("ClientsAllowTLSCacheGC", true),
    ("ClientsPreferCBOR", false),
    ("InOrderInformers", true),
    ("InOrderInformersBatchProcess", true),
    ("InformerResourceVersion", true),
    ("UnlockWhileProcessingFIFO", true),
    ("WatchListClient", true),
];

const AGENT: &str = "kubectl/v1.36.2 (linux/amd64) kubernetes/0000000";

impl Session {
    async fn log(&self, place: &str, said: &str) {
        self.err(&log('I', self.now(), place, said)).await;
    }

    /// Logs what kubectl does before its first request.
    pub(crate) async fn log_start(&self, level: i64) {
        if level >= URLS {
            self.log("loader.go:407", &format!("Config loaded from file:  {}", self.config.path)).await;
        }
        if level >= FEATURES {
            for (gate, on) in GATES {
                let said = format!("\"Feature gate default state\" feature={gate:?} enabled={on}");
                self.log("envvar.go:195", &said).await;
            }
        }
    }

    /// Logs a request that is about to be sent.
    pub(crate) async fn log_request(&self, request: &Request) {
        let level = self.verbosity;
        if level < HEADERS {
            return;
        }
        let body = if request.body.is_null() { String::new() } else { go_json::compact(&request.body) + "\n" };
        if level >= BODIES {
            self.log(place(request), &format!("\"Request Body\" body={}", shown(&cut(body, level)))).await;
        }
        let headers = headers(request);
        let url = format!("{}{}", self.config.server(), address(request));
        let verb = method(request);
        let said = if level >= AS_CURL {
            let headers: Vec<String> = headers.iter().map(|(name, value)| format!("-H \"{name}: {value}\"")).collect();
            format!("curlCommand=<\n\tcurl -v -X{verb}  {} '{url}'\n >", headers.join(" "))
        } else {
            format!("verb={verb:?} url={url:?} headers={}", block(&headers))
        };
        self.log("round_trippers.go:527", &format!("\"Request\" {said}")).await;
    }

    /// Logs the answer to a request that was sent at `since`.
    pub(crate) async fn log_response(&self, request: &Request, response: &Response, since: sim::Time) {
        let level = self.verbosity;
        if level < URLS {
            return;
        }
        let took = self.now().since(since).as_millis();
        let body = match &response.body {
            Body::Json(serde_json::Value::String(text)) | Body::Text(text) => text.clone(),
            Body::Json(value) => go_json::typed_compact(value) + "\n",
            _ => String::new(),
        };
        let mut said = "\"Response\"".to_owned();
        if level == URLS || level >= AS_CURL {
            let url = format!("{}{}", self.config.server(), address(request));
            said.push_str(&format!(" verb={:?} url={url:?}", method(request)));
        }
        said.push_str(&format!(" status=\"{} {}\"", response.code, phrase(response.code)));
        if level >= BODIES {
            let date = rfc1123(&self.now().rfc3339()).replace("+0000", "GMT");
            let headers = [
                ("Cache-Control", "no-cache, private".to_owned()),
                ("Content-Length", body.len().to_string()),
                ("Content-Type", "application/json".to_owned()),
                ("Date", date),
            ];
            said.push_str(&format!(" headers={}", block(&headers)));
        }
        said.push_str(&format!(" milliseconds={took}"));
        if level >= AS_CURL {
            said.push_str(&format!(
                " dnsLookupMilliseconds=0 dialMilliseconds=0 tlsHandshakeMilliseconds=0 serverProcessingMilliseconds={took}"
            ));
        }
        self.log("round_trippers.go:632", &said).await;
        if level >= BODIES {
            self.log(place(request), &format!("\"Response Body\" body={}", shown(&cut(body, level)))).await;
        }
    }
}

/// The line of cli-runtime's `Helper` that sends such a request.
fn place(request: &Request) -> &'static str {
    match request.method {
        Method::Get if is_list(request) => "helper.go:113",
        Method::Get => "helper.go:105",
        Method::Delete => "helper.go:202",
        Method::Post => "helper.go:246",
        Method::Patch => "helper.go:269",
        Method::Put => "helper.go:319",
    }
}

fn method(request: &Request) -> &'static str {
    match request.method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Whether a path is that of a collection.
fn is_list(request: &Request) -> bool {
    let parts: Vec<&str> = request.path.split('/').filter(|part| !part.is_empty()).collect();
    let rest = match parts.first() {
        Some(&"api") => parts.get(2..),
        Some(&"apis") => parts.get(3..),
        _ => None,
    };
    matches!(rest, Some([_] | ["namespaces", _, _]))
}

/// Path and query; a list is asked for in pages of 500.
fn address(request: &Request) -> String {
    let mut query = request.query.clone();
    let named = |name: &str| request.query(name).is_some();
    if request.method == Method::Get && is_list(request) && !named("watch") && !named("limit") {
        query.push(("limit".to_owned(), "500".to_owned()));
    }
    sim::order::sort_by(&mut query, |a, b| a.0.cmp(&b.0));
    let mut text = request.path.clone();
    for (index, (name, value)) in query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.push_str(&format!("{name}={}", escaped(value)));
    }
    text
}

/// A value of a query, as Go's `url.QueryEscape` writes it.
pub(crate) fn escaped(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(char::from(byte)),
            b' ' => text.push('+'),
            byte => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

fn headers(request: &Request) -> Vec<(&'static str, String)> {
    let accept = if request.as_table {
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
    } else {
        "application/json"
    };
    let mut headers = vec![("Accept", accept.to_owned())];
    let kind = match request.patch {
        Some(PatchType::Json) => "application/json-patch+json",
        Some(PatchType::Merge) => "application/merge-patch+json",
        Some(PatchType::Strategic) => "application/strategic-merge-patch+json",
        Some(PatchType::Apply) => "application/apply-patch+yaml",
        None => "application/json",
    };
    if !request.body.is_null() {
        headers.push(("Content-Type", kind.to_owned()));
    }
    if let Some(user) = &request.user {
        headers.push(("Impersonate-User", user.name.clone()));
    }
    headers.push(("User-Agent", AGENT.to_owned()));
    headers
}

fn block(headers: &[(&str, String)]) -> String {
    let lines: String = headers.iter().map(|(name, value)| format!("\t{name}: {value}\n")).collect();
    format!("<\n{lines} >")
}

/// A body, which is shown whole only from `-v=10` on.
fn cut(mut body: String, level: i64) -> String {
    let most = match level {
        BODIES => 1024,
        AS_CURL => 10_240,
        _ => return body,
    };
    if body.len() > most {
        let left = body.len() - most;
        body.truncate(body.floor_char_boundary(most));
        body.push_str(&format!(" [truncated {left} chars]"));
    }
    body
}

/// A text as klog shows it: in lines of its own where it has several.
fn shown(text: &str) -> String {
    match text.strip_suffix('\n') {
        None if !text.contains('\n') => format!("{text:?}"),
        bare => {
            let lines: Vec<String> = bare.unwrap_or(text).split('\n').map(|line| format!("\t{line}")).collect();
            format!("<\n{}\n >", lines.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_a_real_one_sends() {
        let list = Request::get("/api/v1/namespaces/default/pods").with_query("labelSelector", "app=web");
        assert_eq!(address(&list), "/api/v1/namespaces/default/pods?labelSelector=app%3Dweb&limit=500");
        assert_eq!(address(&Request::get("/api/v1/namespaces/default")), "/api/v1/namespaces/default");
        assert_eq!(address(&Request::get("/apis/apps/v1/deployments")), "/apis/apps/v1/deployments?limit=500");
        assert_eq!(shown("{\"a\":1}\n"), "<\n\t{\"a\":1}\n >");
        assert_eq!(shown(""), "\"\"");
        assert_eq!(cut("x".repeat(1030), BODIES).len(), 1024 + " [truncated 6 chars]".len());
    }
}
