//! `--write-out`.

use std::net::Ipv4Addr;

use super::super::prelude::*;
use super::transfer::Outcome;
use super::url::Url;

/// Fills in `-w`.
pub(super) fn write_out(format: &str, outcome: &Outcome) -> String {
    let seconds = |duration: Duration| format!("{}.{:06}", duration.as_secs(), duration.subsec_micros());
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find(['%', '\\']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('\\') {
            let c = after.chars().next();
            match c {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(c) => out.extend(['\\', c]),
                None => out.push('\\'),
            }
            rest = &after[c.map_or(0, char::len_utf8)..];
        } else if let Some(after) = rest.strip_prefix("%%") {
            out.push('%');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix("%{").and_then(|rest| rest.split_once('}')) {
            rest = after;
            let response = outcome.response.as_ref();
            let code = response.map_or(0, |response| response.code);
            let address = |place: Option<(Ipv4Addr, u16)>| place.map_or(String::new(), |(ip, _)| ip.to_string());
            let port = |place: Option<(Ipv4Addr, u16)>| place.map_or("0".to_owned(), |(_, port)| port.to_string());
            let text = match name {
                "http_code" | "response_code" => format!("{code:03}"),
                "http_version" => if response.is_some() { "1.1" } else { "0" }.to_owned(),
                "remote_ip" => address(outcome.remote),
                "remote_port" => port(outcome.remote),
                "local_ip" => address(outcome.local),
                "local_port" => port(outcome.local),
                "size_download" => outcome.size.to_string(),
                "size_upload" => "0".to_owned(),
                "size_header" => {
                    response.map_or(0, |r| r.head.iter().map(|l| l.len() + 2).sum::<usize>() + 2).to_string()
                }
                "speed_download" => ((outcome.size as f64 / outcome.total.as_secs_f64().max(1e-6)) as u64).to_string(),
                "content_type" => response.and_then(|r| r.header("Content-Type")).unwrap_or("").to_owned(),
                "num_redirects" => outcome.redirects.to_string(),
                "num_connects" => outcome.connects.to_string(),
                "redirect_url" => outcome.redirect_url.clone(),
                "url_effective" | "url" => Url::parse(&outcome.url).map_or(outcome.url.clone(), |url| url.text()),
                "method" => "GET".to_owned(),
                "scheme" => if outcome.status == 0 { "HTTP" } else { "" }.to_owned(),
                "exitcode" => outcome.status.to_string(),
                "errormsg" => {
                    if outcome.status == 0 {
                        String::new()
                    } else {
                        outcome.message.clone()
                    }
                }
                "time_namelookup" => seconds(outcome.lookup),
                "time_connect" | "time_pretransfer" => seconds(outcome.connect),
                "time_appconnect" | "time_redirect" => seconds(Duration::ZERO),
                "time_starttransfer" => seconds(outcome.start),
                "time_total" => seconds(outcome.total),
                _ => String::new(),
            };
            out.push_str(&text);
        } else {
            out.push('%');
            rest = &rest[1..];
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::super::http::Response;
    use super::*;

    #[test]
    fn write_out_fills_in() {
        let response = Response::parse(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\n\r\nx").unwrap();
        let outcome = Outcome { response: Some(response), size: 1, ..Outcome::default() };
        assert_eq!(write_out("%{http_code}\\n%{size_download}%%", &outcome), "404\n1%");
        assert_eq!(write_out("%{http_code}", &Outcome::default()), "000");
    }
}
