//! `httpd`: Apache 2.4, which serves `/usr/local/apache2/htdocs`.

use machine::{Daemon, DaemonStart, ServiceCx, User};

use super::super::http::{self, Request};
use super::super::prelude::*;
use super::{Kind, Reply, server};

/// `httpd`: serves `/usr/local/apache2/htdocs`.
pub(crate) fn httpd(p: &Process) -> DaemonStart {
    let now = strftime::format(p.now(), "%a %b %d %H:%M:%S.%6N %Y");
    let ip = "AH00558: httpd: Could not reliably determine the server's fully qualified domain name. Set the 'ServerName' \
              directive globally to suppress this message\n";
    let started = format!(
        "{ip}[{now}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations\n\
         [{now}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'\n"
    );
    let daemon = server(Kind::Http(apache), &[80], String::new())?;
    Ok(daemon.map(|daemon| Daemon { greeting_stderr: started, ..daemon }))
}

fn apache(cx: &mut ServiceCx<'_>, request: &Request) -> Reply {
    let path = request.path();
    let mut file =
        format!("/usr/local/apache2/htdocs/{}", path.split('/').filter(|n| *n != "..").collect::<Vec<_>>().join("/"));
    if path.ends_with('/') {
        file.push_str("index.html");
    }
    let user =
        User { name: "www-data".into(), uid: 33, gid: 33, groups: Vec::new(), home: "/var/www".into(), ..User::root() };
    let found = cx.kernel.read_file(cx.machine, &user, &file);
    let error = |code: u16, title: &str, text: &str| {
        let body = format!(
            "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>{code} {title}</title>\n\
             </head><body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body></html>\n"
        );
        (code, "text/html; charset=iso-8859-1", body.into_bytes())
    };
    let (code, content_type, body) = match found {
        _ if !matches!(request.method.as_str(), "GET" | "HEAD" | "POST") => error(
            405,
            "Method Not Allowed",
            &format!("The requested method {} is not allowed for this URL.", request.method),
        ),
        Ok(body) => (200, http::content_type(&file), body),
        Err(Errno::EACCES) => error(403, "Forbidden", "You don't have permission to access this resource."),
        Err(_) => error(404, "Not Found", "The requested URL was not found on this server."),
    };
    let size = if body.is_empty() { "-".to_owned() } else { body.len().to_string() };
    let time = strftime::format(cx.now, "%d/%b/%Y:%H:%M:%S +0000");
    let line = format!(
        "{} - - [{time}] \"{} {} {}\" {code} {size}\n",
        cx.client.0, request.method, request.target, request.version
    );
    cx.kernel.write_log(cx.machine, false, line.as_bytes(), cx.now);
    let mut headers = vec![("Date", http::date(cx.now)), ("Server", "Apache/2.4.65 (Unix)".to_owned())];
    if let Ok(metadata) = cx.kernel.metadata(cx.machine, &user, &file, true)
        && code == 200
    {
        headers.push(("Last-Modified", http::date(metadata.modified)));
        headers.push(("Accept-Ranges", "bytes".to_owned()));
    }
    headers.push(("Content-Length", body.len().to_string()));
    headers.push(("Content-Type", content_type.to_owned()));
    Reply { code, headers, body }
}
