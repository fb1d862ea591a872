//! `curl`, as version 7.88.1 of Debian 12 behaves and speaks.

mod meter;
mod options;
mod secure;
mod transfer;
pub(crate) mod url;
mod write_out;

use self::meter::Meter;
use self::options::{complain, read};
use self::transfer::Transfer;
use self::url::Url;
use self::write_out::write_out;
use super::prelude::*;

const VERSION: &str = "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.17 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 \
libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13
Release-Date: 2023-02-20, security patched: 7.88.1-10+deb12u12
Protocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtsp scp sftp smb smbs \
smtp smtps telnet tftp
Features: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTPS-proxy IDN IPv6 Kerberos Largefile libz NTLM NTLM_WB PSL SPNEGO \
SSL threadsafe TLS-SRP UnixSockets zstd
";

pub(crate) async fn run(p: Process) -> Result<(), ExitStatus> {
    let args = p.args().to_vec();
    let mut request = match read(&p, args.get(1..).unwrap_or_default()) {
        Ok(request) => request,
        Err(complaint) => return complain(&p, complaint).await,
    };
    if request.version {
        p.out(VERSION).await;
        return Ok(());
    }
    if request.help {
        p.out(self::options::HELP).await;
        return Ok(());
    }
    if request.urls.is_empty() {
        p.err("curl: try 'curl --help' or 'curl --manual' for more information\n").await;
        return Err(ExitStatus(2));
    }
    if let Some(mut source) = request.body_from_stdin.take() {
        let mut data = source.all().await;
        data.retain(|byte| *byte != b'\n' && *byte != b'\r');
        request.body = Some(data);
    }
    let (mut kept, mut next_connection, mut status) = (None, 0, 0);
    let urls = request.urls.clone();
    for (index, text) in urls.iter().enumerate() {
        let output = request
            .outputs
            .get(index)
            .cloned()
            .or_else(|| request.outputs.first().filter(|_| urls.len() == 1).cloned());
        request.output = output.filter(|path| path != "-");
        let to_file = request.output.is_some() || request.remote_name;
        let shown = !request.silent && !request.progress_off && (to_file || !p.is_tty(1));
        let began = p.now();
        let meter = Meter { shown, begun: false };
        let mut transfer =
            Transfer { p: &p, request: &request, began, kept: &mut kept, next_connection: &mut next_connection, meter };
        let mut outcome = transfer.run(text).await;
        let meter = transfer.meter;
        if let Some(limit) = request.max_time.filter(|limit| outcome.status == 0 && outcome.total > *limit) {
            let text = format!("Operation timed out after {} milliseconds with 0 bytes received", limit.as_millis());
            outcome.fail(28, text);
        }
        if let Some(response) = outcome.response.as_ref().filter(|_| outcome.status == 0) {
            let bytes = request.shown(response);
            if let Some(path) = &request.dump_header {
                let head = format!("{}\r\n\r\n", response.head.join("\r\n"));
                if path == "-" {
                    p.out(&head).await;
                } else {
                    let _ = p.write_file(path, head.as_bytes());
                }
            }
            let path = match (&request.output, request.remote_name) {
                (Some(path), _) => Some(path.clone()),
                (None, true) => Url::parse(text).ok().map(|url| url.file_name()),
                _ => None,
            };
            let size = response.body.len() as u64;
            let length = response.header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0);
            let mut to_stdout = None;
            match path {
                Some(path) if path.is_empty() => {
                    p.err("curl: Remote file name has no length!\n").await;
                    outcome.fail(23, "Failed writing received data to disk/application".to_owned());
                }
                Some(path) => {
                    if let Err(error) = p.write_file(&path, &bytes) {
                        if !request.silent || request.show_error {
                            p.err(&format!("Warning: Failed to open the file {path}: {error}\n")).await;
                        }
                        outcome.fail(23, "Failure writing output to destination".to_owned());
                    }
                }
                None if outcome.written => {}
                None => to_stdout = Some(bytes),
            }
            if meter.begun {
                let (size, received) = if request.head { (length, 0) } else { (size, size) };
                let sent = request.body.as_ref().map_or(0, |body| body.len() as u64);
                p.err(&Meter::last_lines(size, received, sent, outcome.total)).await;
            }
            if request.verbose && meter.shown && outcome.status == 0 && !outcome.message.is_empty() {
                p.err(&format!("* {}\n", outcome.message)).await;
            }
            // The body comes when the pipe's buffer is flushed: at the end.
            if let Some(bytes) = to_stdout {
                p.write(1, &bytes).await;
            }
        } else if meter.begun {
            let length = outcome.response.as_ref().map_or(0, |response| response.body.len() as u64);
            p.err(&Meter::last_lines(length, 0, 0, outcome.total)).await;
        }
        if let Some(format) = &request.write_out {
            p.out(&write_out(format, &outcome)).await;
        }
        if outcome.status != 0 && (!request.silent || request.show_error) {
            p.err(&format!("curl: ({}) {}\n", outcome.status, outcome.message)).await;
            if outcome.status == 60 {
                p.err(secure::MORE).await;
            }
        }
        if outcome.status != 0 {
            status = outcome.status;
        } else if index + 1 == urls.len() {
            status = 0;
        }
    }
    ExitStatus::check(status)
}
