//! The `nginx` image, from 1.7 to today: on Debian or Alpine, with or without the entrypoint script.

use machine::Disk;
use sim::Time;

use super::debian::{base, release};
use super::tree::day;

/// A version as numbers, for comparing: `1.14.2` is (14, 2).
pub(crate) fn minor(version: &str) -> (u32, u32) {
    let plain = version.split('-').next().unwrap_or("");
    let mut parts = plain.split('.').skip(1).map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// The first versions whose image starts with `/docker-entrypoint.sh`.
pub(crate) fn has_entrypoint(version: &str) -> bool {
    minor(version) >= (18, 0)
}

/// The page that nginx serves when nothing else was put there; 1.18 and later differ in how the style is written.
fn welcome(modern: bool) -> String {
    let style = if modern {
        "html { color-scheme: light dark; }\nbody { width: 35em; margin: 0 auto;\nfont-family: Tahoma, Verdana, Arial, sans-serif; }\n"
    } else {
        "    body {\n        width: 35em;\n        margin: 0 auto;\n        font-family: Tahoma, Verdana, Arial, sans-serif;\n    }\n"
    };
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n<style>\n{style}</style>\n</head>\n<body>\n\
         <h1>Welcome to nginx!</h1>\n<p>If you see this page, the nginx web server is successfully installed and\n\
         working. Further configuration is required.</p>\n\n<p>For online documentation and support please refer to\n\
         <a href=\"http://nginx.org/\">nginx.org</a>.<br/>\nCommercial support is available at\n\
         <a href=\"http://nginx.com/\">nginx.com</a>.</p>\n\n<p><em>Thank you for using nginx.</em></p>\n</body>\n</html>\n"
    )
}

const ERROR_PAGE: &str = "<!DOCTYPE html>
<html>
<head>
<title>Error</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>An error occurred.</h1>
<p>Sorry, the page you are looking for is currently unavailable.<br/>
Please try again later.</p>
<p>If you are the system administrator of this resource then you should check
the error log for details.</p>
<p><em>Faithfully yours, nginx.</em></p>
</body>
</html>
";

const DEFAULT_CONF: &str = r"server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    #access_log  /var/log/nginx/host.access.log  main;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    #error_page  404              /404.html;

    # redirect server error pages to the static page /50x.html
    #
    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
";

const NGINX_CONF: &str = r#"
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;


events {
    worker_connections  1024;
}


http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    log_format  main  '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for"';

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    #tcp_nopush     on;

    keepalive_timeout  65;

    #gzip  on;

    include /etc/nginx/conf.d/*.conf;
}
"#;

const MIME_TYPES: &str = "
types {
    text/html                                        html htm shtml;
    text/css                                         css;
    text/xml                                         xml;
    image/gif                                        gif;
    image/jpeg                                       jpeg jpg;
    application/javascript                           js;
    text/plain                                       txt;
    image/png                                        png;
    image/svg+xml                                    svg svgz;
    image/x-icon                                     ico;
    application/json                                 json;
    application/pdf                                  pdf;
    application/zip                                  zip;
}
";

/// When nginx of a version was built: the date of its pages and of `Last-Modified`.
fn built(version: &str) -> Time {
    Time::parse_rfc3339(match minor(version).0 {
        ..=7 => "2014-12-23T16:25:09Z",
        8..=13 => "2018-04-09T16:01:09Z",
        14 => "2018-12-04T14:44:49Z",
        15 => "2019-04-16T13:08:19Z",
        16 => "2019-08-13T10:05:00Z",
        17 => "2020-04-14T14:19:26Z",
        18..=19 => "2021-04-13T15:13:59Z",
        20..=21 => "2022-01-25T15:03:52Z",
        22..=23 => "2023-03-28T15:01:54Z",
        24 => "2023-04-11T01:45:34Z",
        25..=26 => "2024-04-16T14:29:59Z",
        27..=28 => "2025-04-16T12:01:11Z",
        _ => "2025-10-28T12:05:10Z",
    })
    .unwrap_or_default()
}

/// The image of a version such as `1.14.2` or `1.29.3-alpine`.
pub(super) fn image(version: &str) -> Disk {
    let number = minor(version);
    let alpine = version.contains("alpine");
    let codename = match number {
        (..=8, _) => "jessie",
        (9..=15, _) => "stretch",
        (16..=19, _) | (20 | 21, 0..=3) => "buster",
        (20..=24, _) => "bullseye",
        (25..=28, _) => "bookworm",
        _ => "trixie",
    };
    let pages = built(version);
    let date = if number <= (14, 2) { day("2019-03-26") } else { pages };
    let mut disk = if alpine { super::busybox::alpine("3.22.1") } else { base(release(codename), date) };
    let slim = version.contains("slim");
    disk.add_program("/usr/sbin/nginx", "nginx", date);
    if number >= (20, 0) && !slim {
        disk.add_program("/usr/bin/curl", "curl", date);
    }
    let (passwd, group) = if alpine {
        ("nginx:x:101:101:nginx:/var/cache/nginx:/sbin/nologin\n", "nginx:x:101:nginx\n")
    } else {
        ("nginx:x:101:101:nginx user:/nonexistent:/bin/false\n", "nginx:x:101:\n")
    };
    for (path, line) in [("/etc/passwd", passwd), ("/etc/group", group)] {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        let _ = disk.write(&names, date, |bytes| bytes.extend_from_slice(line.as_bytes()));
    }
    disk.add_file("/usr/share/nginx/html/index.html", welcome(number >= (19, 0)), 0o644, pages);
    disk.add_file("/usr/share/nginx/html/50x.html", ERROR_PAGE, 0o644, pages);
    let conf =
        if number >= (19, 0) { DEFAULT_CONF.to_owned() } else { DEFAULT_CONF.replace("    listen  [::]:80;\n", "") };
    disk.add_file("/etc/nginx/conf.d/default.conf", conf, 0o644, date);
    let main = if number >= (19, 0) {
        NGINX_CONF.to_owned()
    } else {
        NGINX_CONF
            .replace("worker_processes  auto", "worker_processes  1")
            .replace("error.log notice", "error.log warn")
    };
    disk.add_file("/etc/nginx/nginx.conf", main, 0o644, date);
    disk.add_file("/etc/nginx/mime.types", MIME_TYPES, 0o644, date);
    for name in ["fastcgi_params", "scgi_params", "uwsgi_params"] {
        disk.add_file(&format!("/etc/nginx/{name}"), "", 0o644, date);
    }
    disk.add_symlink("/etc/nginx/modules", "/usr/lib/nginx/modules", date);
    disk.add_dir("/usr/lib/nginx/modules", date);
    disk.add_dir("/var/cache/nginx", date);
    disk.add_dir("/var/log/nginx", date);
    disk.add_symlink("/var/log/nginx/access.log", "/dev/stdout", date);
    disk.add_symlink("/var/log/nginx/error.log", "/dev/stderr", date);
    if has_entrypoint(version) {
        let script = "#!/bin/sh\n# vim:sw=4:ts=4:et\n\nset -e\n\nexec \"$@\"\n";
        disk.add_program("/docker-entrypoint.sh", "nginx-entrypoint", date);
        for name in [
            "10-listen-on-ipv6-by-default.sh",
            "15-local-resolvers.envsh",
            "20-envsubst-on-templates.sh",
            "30-tune-worker-processes.sh",
        ] {
            disk.add_file(&format!("/docker-entrypoint.d/{name}"), script.replace("exec \"$@\"\n", ""), 0o755, date);
        }
    }
    disk
}
