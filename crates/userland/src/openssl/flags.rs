//! The options of openssl's commands.

use super::super::prelude::*;

/// The words of a command: flags with their values.
pub(super) struct Flags<'a> {
    pub words: &'a [String],
}

impl Flags<'_> {
    pub(super) fn has(&self, flag: &str) -> bool {
        self.words.iter().any(|word| word == flag)
    }

    pub(super) fn value(&self, flag: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| word == flag)?;
        self.words.get(at + 1).map(String::as_str)
    }
}

/// The options of one command; those whose names end with `:` take a value.
pub(super) struct Known {
    pub command: &'static str,
    /// What openssl 3.0 calls an option that it does not know: it takes it for a cipher or a digest.
    pub unknown: &'static str,
    /// Those that act here, or make no difference here.
    pub acting: &'static str,
    /// Those that exist in life and are not simulated.
    pub in_life: &'static str,
}

impl Known {
    /// Refuses the words that are not simulated, or are no options at all.
    ///
    /// # Errors
    ///
    /// The exit status, after a line on standard error.
    pub(super) async fn check(&self, p: &Process, words: &[String]) -> Result<(), i32> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let name = word.strip_prefix('-').filter(|name| !name.is_empty() && name.parse::<i64>().is_err());
            let Some(name) = name else { continue };
            let named = |list: &str| list.split(' ').find_map(|known| known.strip_prefix(name)).map(str::to_owned);
            let found = named(self.acting).filter(|rest| matches!(rest.as_str(), "" | ":"));
            if let Some(rest) = found {
                if rest == ":" {
                    words.next();
                }
                continue;
            }
            let Known { command, unknown, .. } = self;
            let text = match self.in_life.split(' ').any(|known| known == name) {
                true => {
                    p.hint_not_simulated("openssl");
                    format!("openssl {command}: -{name} is not simulated here\n")
                }
                false => format!("{command}: {unknown}: {name}\n{command}: Use -help for summary.\n"),
            };
            p.err(&text).await;
            return Err(1);
        }
        Ok(())
    }
}

pub(super) const GENRSA: Known = Known {
    command: "genrsa",
    unknown: "Unknown cipher",
    acting: "out: F4 f4 verbose traditional primes:",
    in_life: "help engine 3 passout rand writerand provider propquery aes128 aes192 aes256 aes-128-cbc aes-256-cbc des3 des",
};

pub(super) const GENPKEY: Known = Known {
    command: "genpkey",
    unknown: "Unknown cipher",
    acting: "algorithm: pkeyopt: out: outform: quiet",
    in_life: "help engine paramfile pass config genparam text provider propquery aes128 aes256 aes-128-cbc aes-256-cbc des3",
};

pub(super) const RSA: Known = Known {
    command: "rsa",
    unknown: "Unknown cipher",
    acting: "in: out: inform: outform: noout pubout check modulus traditional",
    in_life: "help engine pubin RSAPublicKey_in passin RSAPublicKey_out passout text pvk-none pvk-weak pvk-strong provider propquery \
              aes128 aes256 des3",
};

pub(super) const PKEY: Known = Known {
    command: "pkey",
    unknown: "Unknown cipher",
    acting: "in: out: inform: outform: noout pubout check traditional",
    in_life: "help engine pubcheck passin pubin passout text text_pub ec_conv_form ec_param_enc provider propquery aes256",
};

pub(super) const REQ: Known = Known {
    command: "req",
    unknown: "Unknown option or message digest",
    acting: "in: out: new x509 newkey: key: keyout: subj: days: nodes noenc addext: text noout subject verify batch utf8 sha256 \
             sha384 sha512 sha1 modulus pubkey config: reqexts: extensions: inform: outform: nameopt: verbose pkeyopt:",
    in_life: "help engine keygen_engine section reqopt CA CAkey multivalue set_serial copy_extensions precert keyform passin \
              passout sigopt vfyopt newhdr rand writerand provider propquery",
};

pub(super) const X509: Known = Known {
    command: "x509",
    unknown: "Unknown option or message digest",
    acting: "in: out: inform: outform: noout text subject issuer startdate enddate dates serial fingerprint sha256 sha1 checkend: \
             ext: req CA: CAkey: CAcreateserial CAserial: signkey: key: days: modulus pubkey nameopt: extfile: extensions: \
             copy_extensions: sha384 sha512",
    in_life: "help passin new x509toreq vfyopt keyform nocert dateopt certopt alias email hash subject_hash subject_hash_old \
              issuer_hash issuer_hash_old ocspid ocsp_uri purpose checkhost checkemail checkip set_serial next_serial \
              preserve_dates subj force_pubkey clrext sigopt badsig CAform CAkeyform trustout setalias clrtrust addtrust \
              clrreject addreject rand writerand engine provider propquery md5",
};

pub(super) const VERIFY: Known = Known {
    command: "verify",
    unknown: "Unknown option",
    acting: "CAfile: untrusted: CApath: verbose trusted:",
    in_life: "help engine nameopt CAstore no-CAfile no-CApath no-CAstore CRLfile crl_download show_chain policy purpose \
              verify_name verify_depth auth_level attime verify_hostname verify_email verify_ip ignore_critical issuer_checks \
              crl_check crl_check_all policy_check x509_strict use_deltas check_ss_sig trusted_first partial_chain \
              no_alt_chains no_check_time",
};
