//! What the catalogue's images do when they run: the table of those that stand in, and the servers of guides.

use userland::images;

#[test]
fn a_stand_in_has_what_its_image_has() {
    for (name, user, cmd, ports) in [
        ("wordpress:6.4-apache", "root", "docker-entrypoint.sh apache2-foreground", &[80][..]),
        ("grafana/grafana:10.2.0", "472", "/run.sh", &[3000]),
        (
            "bitnami/postgresql:16",
            "1001",
            "/opt/bitnami/scripts/postgresql/entrypoint.sh /opt/bitnami/scripts/postgresql/run.sh",
            &[5432],
        ),
        (
            "quay.io/prometheus/prometheus:v2.54.1",
            "65534",
            "/bin/prometheus --config.file=/etc/prometheus/prometheus.yml",
            &[9090],
        ),
        ("tomcat:9.0-jdk17", "root", "catalina.sh run", &[8080]),
        ("golang:1.22-alpine", "root", "bash", &[]),
        (
            "public.ecr.aws/docker/library/rabbitmq:3-management",
            "root",
            "docker-entrypoint.sh rabbitmq-server",
            &[5672, 15672, 15692],
        ),
    ] {
        let image = images::lookup(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let words = [image.entrypoint.clone(), image.cmd.clone()].concat().join(" ");
        assert_eq!((image.user.name.as_str(), words.as_str(), image.ports.as_slice()), (user, cmd, ports), "{name}");
        assert!(image.disk().get::<&str>(&[]).is_some());
    }
}

#[test]
fn names_that_do_not_exist_in_life_fail() {
    for name in
        ["wordpres", "wordpress:99", "grafana/grafanaa", "bitnami/nosuch", "quay.io/nosuch/nosuch", "golang:nosuch"]
    {
        assert!(images::lookup(name).is_err(), "{name}");
    }
}
