//! The files of `req -config` and `x509 -extfile`: config(5) of OpenSSL 3.0, as far as names and subjectAltName go.

use super::super::prelude::*;

/// Sections in brackets with `key = value`; what stands before the first has the name "default".
pub(super) struct Config {
    sections: Vec<(String, Vec<(String, String)>)>,
}

impl Config {
    pub(super) fn parse(text: &str) -> Config {
        let mut sections = vec![("default".to_owned(), Vec::new())];
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                sections.push((name.trim().to_owned(), Vec::new()));
            } else if let Some((key, value)) = line.split_once('=')
                && let Some((_, lines)) = sections.last_mut()
            {
                lines.push((key.trim().to_owned(), value.trim().trim_matches('"').to_owned()));
            }
        }
        Config { sections }
    }

    fn lines(&self, section: &str) -> impl Iterator<Item = &(String, String)> {
        let section = section.to_owned();
        self.sections.iter().filter(move |(name, _)| *name == section).flat_map(|(_, lines)| lines)
    }

    pub(super) fn value(&self, section: &str, key: &str) -> Option<&str> {
        self.lines(section).find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// The parts of the name that `distinguished_name` leads to, where nothing has to be asked (`prompt = no`).
    pub(super) fn name(&self) -> Option<Vec<(String, String)>> {
        let section = self.value("req", "distinguished_name")?;
        let asks = self.value("req", "prompt").is_none_or(|value| value != "no");
        // `0.CN` is another CN.
        let part = |(key, value): &(String, String)| {
            let key =
                key.split_once('.').filter(|(number, _)| number.parse::<u8>().is_ok()).map_or(&**key, |(_, key)| key);
            let short = match key {
                "commonName" => "CN",
                "organizationName" => "O",
                "organizationalUnitName" => "OU",
                "countryName" => "C",
                "stateOrProvinceName" => "ST",
                "localityName" => "L",
                key => key,
            };
            (short.to_owned(), value.clone())
        };
        (!asks).then(|| self.lines(section).map(part).collect())
    }

    /// The list of subjectAltName in a section of extensions, and the section's other extensions, which are not simulated.
    pub(super) fn extensions(&self, section: &str) -> (Option<String>, Vec<&str>) {
        let names = self.value(section, "subjectAltName").map(|value| match value.strip_prefix('@') {
            // `DNS.1 = a`
            Some(list) => {
                let one = |(key, value): &(String, String)| format!("{}:{value}", key.split('.').next().unwrap_or(key));
                self.lines(list).map(one).collect::<Vec<String>>().join(",")
            }
            None => value.to_owned(),
        });
        let others = self.lines(section).map(|(key, _)| key.as_str()).filter(|key| *key != "subjectAltName").collect();
        (names, others)
    }
}

/// Reads a configuration.
///
/// # Errors
///
/// The exit status, after a line on standard error.
pub(super) async fn read(p: &Process, path: &str) -> Result<Config, i32> {
    match p.read_file(path) {
        Ok(bytes) => Ok(Config::parse(&String::from_utf8_lossy(&bytes))),
        Err(error) => {
            p.err(&format!("Can't open \"{path}\" for reading, {error}\n")).await;
            Err(1)
        }
    }
}

/// The alternative names of a section of extensions, in DER; a line on standard error names the extensions that are left out.
pub(super) async fn alternatives(p: &Process, config: &Config, section: &str) -> Result<Option<Vec<u8>>, i32> {
    let (names, others) = config.extensions(section);
    if !others.is_empty() {
        p.hint_not_simulated("openssl");
        p.err(&format!("openssl: not simulated here, and left out: {}\n", others.join(", "))).await;
    }
    let Some(names) = names else { return Ok(None) };
    match super::super::der::alternatives(names.split(',')) {
        Some(extension) => Ok(Some(extension)),
        None => {
            p.err("openssl: of extensions only subjectAltName with DNS:, IP: and email: is simulated here\n").await;
            Err(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_alternative_names_are_read() {
        let config = Config::parse(
            "[req]\nprompt = no\ndistinguished_name = dn # here\nreq_extensions = v3\n[ dn ]\nCN = web.default.svc\n0.organizationName = dev\n\
             [v3]\nkeyUsage = digitalSignature\nsubjectAltName = @alt\n[alt]\nDNS.1 = web\nDNS.2 = web.default\nIP.1 = 10.0.0.1\n",
        );
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(config.name(), Some(vec![pair("CN", "web.default.svc"), pair("O", "dev")]));
        assert_eq!(config.extensions("v3"), (Some("DNS:web,DNS:web.default,IP:10.0.0.1".to_owned()), vec!["keyUsage"]));
        assert_eq!(Config::parse("subjectAltName=DNS:a").extensions("default").0.as_deref(), Some("DNS:a"));
        assert_eq!(Config::parse("[req]\ndistinguished_name = dn\n[dn]\nCN = a").name(), None, "it would be asked for");
    }
}
